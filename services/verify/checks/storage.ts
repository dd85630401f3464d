// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { asked } from '../../../grafana/src/rules/alert.ts';
import { ingestion, storage as stored } from '../../../grafana/src/signals/prometheus.ts';
import { seconds } from '../../prometheus/prometheus.ts';
import { type Check, fail, pass, unchecked } from '../check.ts';

/** What Prometheus' documentation counts with, at most. */
const bytesPerSample = 2;
const subject = 'disk of Prometheus';

export const storage: Check = {
  id: 'storage',
  criterion: 'retention',
  promise: 'There is disk left for all that is to be kept',
  async run({ prometheus }) {
    const set = await prometheus.flags();
    // Each part of another engine has a disk of its own.
    if (set === undefined) return [unchecked(subject, 'this is no Prometheus: watch the disks of its parts')];
    const [days, most] = [seconds(set['storage.tsdb.retention.time']), bytes(set['storage.tsdb.retention.size'])];
    const [rate, used, disks] = await Promise.all([
      prometheus.value(asked(ingestion, '5m')),
      prometheus.value(stored.queries.map(({ expr }) => expr).join(' + ')),
      prometheus.query('min by (mountpoint) (system_filesystem_usage_bytes{state="free"})'),
    ]);
    const disk = disks
      .map(({ labels, values }) => ({ mountpoint: labels.mountpoint ?? '', free: values[0] ?? 0 }))
      .filter(({ mountpoint }) => isBelow(set['storage.tsdb.path'], mountpoint))
      .sort((a, b) => b.mountpoint.length - a.mountpoint.length)[0];
    if (rate === undefined || used === undefined || disk === undefined) {
      return [unchecked(subject, 'there is no figure of the disk, or Prometheus does not scrape itself')];
    }
    const all = Math.min(days * rate * bytesPerSample, most);
    const needed = Math.max(0, all - used);
    const kept = `${set['storage.tsdb.retention.time']} at ${rate.toFixed(0)} samples a second, at most ${set['storage.tsdb.retention.size'] || 'all'}`;
    const measured = `${gigabytes(all)} for ${kept}; ${gigabytes(used)} used, ${gigabytes(disk.free)} free at ${disk.mountpoint}`;
    if (disk.free > needed) return [pass(subject, measured)];
    return [
      fail(
        subject,
        {
          expected: `${gigabytes(needed)} free at ${disk.mountpoint}`,
          seen: gigabytes(disk.free),
          cause: 'something else fills the disk, or there are more series than there were',
          change:
            'make room, or --storage.tsdb.retention.size in docker-compose.otel.yml (collector-config/prometheus/flags.ts)',
        },
        measured,
      ),
    ];
  },
};

const gigabytes = (amount: number) => `${(amount / 1e9).toFixed(1)} GB`;

function isBelow(path: string, mountpoint: string): boolean {
  return mountpoint === '/' || path === mountpoint || path.startsWith(`${mountpoint}/`);
}

/** Of a size as Prometheus writes it, such as `10GB` or `512MiB`; without one there is no end. */
function bytes(size: string): number {
  const [, amount, unit = ''] = /^([\d.]+)([KMGTPE]?)i?B$/.exec(size) ?? [];
  // Both kinds of units are powers of 1024 here: github.com/alecthomas/units, Base2Bytes.
  const value = Number(amount ?? 0) * 1024 ** ' KMGTPE'.indexOf(unit || ' ');
  return value > 0 ? value : Number.POSITIVE_INFINITY;
}
