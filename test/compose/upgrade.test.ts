// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { alertmanagerFlags } from '../../collector-config/alertmanager/flags.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { startPrometheus } from '../collector/helpers/prometheus.ts';
import { aloneFile, overlayFile, platformFile, project, root } from './project.ts';

/*
 * fixtures/previous is what the releases before, Prometheus 3.14.0 and Alertmanager 0.33.1, wrote into the folders that Docker keeps in
 * volumes. It has a block that promtool made of the numbers below, a write-ahead log of a few scrapes, and a silence.
 */
const previous = path.join(import.meta.dirname, 'fixtures/previous');
const inBlock = { end: 1_795_522_185, values: Array.from({ length: 40 }, (_, index) => String(index * 3)) };
const inLog = { end: 1_795_605_043, value: '7' };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onyx-upgrade-'));
  await cp(previous, path.join(folder, 'volumes'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const guide = () => readFile(path.join(root, 'docs/guides/upgrade-and-remove.md'), 'utf8');

/** Takes a volume out and puts it into an empty one with the commands of the guide, whose `/data` and `/backup` are folders here. */
async function backUpAndRestore(name: string): Promise<string> {
  const text = await guide();
  const restored = path.join(folder, 'restored', name);
  await mkdir(restored, { recursive: true });
  const command = (pattern: RegExp, data: string) => {
    const [found = ''] = pattern.exec(text) ?? [];
    const here = found.replace('/data', data).replace('/backup', folder).replace('$volume', name);
    return execa('sh', ['-c', here]);
  };
  await command(/tar czf \/backup\/\$volume\.tgz -C \/data \./, path.join(folder, 'volumes', name));
  await command(/tar xzpf \/backup\/\$volume\.tgz -C \/data/, restored);
  return restored;
}

test('Prometheus goes on with what the release before wrote, and a backup of it holds all of that', async () => {
  const history = async (data: string, seconds: number) => {
    const prometheus = await startPrometheus(undefined, { data });
    try {
      const values = async (expression: string) =>
        (await prometheus.query(expression)).flatMap(({ values = [] }) => values.map(([, value]) => value));
      await expect.poll(() => values(`up{job="prometheus"}[${seconds}s]`)).toContain('1');
      return {
        block: await values(`onyx_task_completion_total{task_type="ingest"}[20m] @ ${inBlock.end}`),
        log: [...new Set(await values(`onyx_task_completion_total{task_type="export"}[1m] @ ${inLog.end}`))],
        scraped: (await values('up{job="prometheus"}[10m]')).length,
      };
    } finally {
      await prometheus.stop();
    }
  };
  const kept = { block: inBlock.values, log: [inLog.value] };
  const before = await history(path.join(folder, 'volumes/prometheus'), 60);
  expect(before).toMatchObject(kept);
  const after = await history(await backUpAndRestore('prometheus'), 60);
  expect(after).toMatchObject(kept);
  expect(after.scraped).toBeGreaterThanOrEqual(before.scraped);
});

test('Alertmanager keeps to a silence of the release before, and so does one from its backup', async () => {
  const silenced = async (data: string) => {
    const address = `127.0.0.1:${await getPort()}`;
    const process = execa(
      await binary('alertmanager'),
      [
        `--config.file=${path.join(root, 'collector-config/alertmanager/alertmanager.yml')}`,
        `--storage.path=${data}`,
        `--web.listen-address=${address}`,
        ...alertmanagerFlags,
      ],
      { all: true, reject: false },
    );
    const url = `http://${address}/api/v2`;
    try {
      await vi.waitFor(
        () =>
          fetch(`${url}/alerts`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify([{ labels: { alertname: 'DiskAlmostFull' } }, { labels: { alertname: 'Other' } }]),
          }),
        { timeout: 30_000, interval: 100 },
      );
      const [silence] = (await (await fetch(`${url}/silences`)).json()) as { comment: string }[];
      const states = async () => {
        const alerts = (await (await fetch(`${url}/alerts`)).json()) as {
          labels: { alertname: string };
          status: { state: string };
        }[];
        return Object.fromEntries(alerts.map(({ labels, status }) => [labels.alertname, status.state]));
      };
      await expect.poll(states).toEqual({ DiskAlmostFull: 'suppressed', Other: 'active' });
      return silence?.comment;
    } finally {
      process.kill('SIGTERM');
      await process;
    }
  };
  expect(await silenced(path.join(folder, 'volumes/alertmanager'))).toBe('kept across versions');
  expect(await silenced(await backUpAndRestore('alertmanager'))).toBe('kept across versions');
});

describe('the guide removes', () => {
  test('every service, volume and network of the overlay, each by its name, and nothing of the platform', async () => {
    const [before, after] = await Promise.all([project([platformFile]), project([platformFile, overlayFile])]);
    const [, section = ''] = /^## Remove\n(.*?)^## /ms.exec(`${await guide()}\n## `) ?? [];
    const named = (pattern: RegExp) => [...new Set(section.match(pattern))].sort();
    const added = (all: object = {}, old: object = {}) => Object.keys(all).filter((key) => !(key in old));
    const [, names = ''] = / rm -sf (.+)/.exec(section.replaceAll(/\\\n\s*/g, '')) ?? [];
    const own = names.split(' ');
    expect(own.sort()).toEqual(added(after.services, before.services).sort());
    const prefixed = [
      ...added(after.volumes, before.volumes).map((key) => `onyx_${key}`),
      ...added(after.networks, before.networks).map((key) => `onyx_${key}`),
    ];
    // `manus-network` is the platform's where it declares it, and its own name shows that.
    expect(named(/(?<=\$\{project\}_)onyx-metrics-\w+/g).map((name) => `onyx_${name}`)).toEqual(
      [...new Set(prefixed)].sort(),
    );
    for (const key of Object.keys(before.services)) expect(own).not.toContain(key);
  });

  test('a project of its own by `down`, which cannot take a network along that is external', async () => {
    const { networks, services } = await project([overlayFile, aloneFile]);
    expect(networks['manus-network']).toMatchObject({ external: true });
    for (const name of Object.keys(services)) expect(name).toMatch(/^onyx-metrics-/);
    expect(await guide()).toContain(`docker compose -f ${overlayFile} -f ${aloneFile} down`);
  });
});
