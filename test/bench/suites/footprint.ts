// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { binary } from '../../../services/native/programs/binaries.ts';
import { type Stack, startStack } from '../../../services/native/stack/stack.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import { Witness } from '../../soak/witness.ts';
import type { Sample, Suite } from '../harness.ts';
import { monitoring, useDuring } from '../process-use.ts';

/** In the second one a series gets as many samples in minutes as in hours of production: enough to know what one takes on the disk. */
const workloads = {
  'intervals of production': {},
  'everything each second': { scrape: 1, export: 1, collection: 1, evaluation: 1 },
} as const;

export const footprint: Suite = {
  name: 'footprint',
  question: 'How much CPU, memory and disk does the monitoring of the whole platform take while 20 users chat?',
  subjects: monitoring,
  workloads: Object.keys(workloads),
  packages: [],
  async measureTogether(workload, quick) {
    const stack = await startStack({ ports: 'free', intervals: workloads[workload as keyof typeof workloads] });
    try {
      const witness = new Witness(stack.urls.suna, 20, 3);
      const seconds = quick ? 20 : 180;
      await setTimeout(quick ? 1000 : 30_000);
      const samples = await useDuring(stack, monitoring, seconds);
      await witness.stop();
      samples.prometheus = { ...samples.prometheus, ...(await stored(stack)) };
      return samples;
    } finally {
      await stack.stop();
    }
  },
};

/** What Prometheus holds and what that takes on the disk, once it is in blocks. */
async function stored(stack: Stack): Promise<Sample> {
  const prometheus = new PrometheusApi(stack.urls.prometheus);
  const series = await prometheus.scalar('prometheus_tsdb_head_series');
  const logged = await prometheus.scalar('prometheus_tsdb_wal_storage_size_bytes');
  const appended = await prometheus.scalar('sum(prometheus_tsdb_head_samples_appended_total)');
  await stack.processes.prometheus.stop();
  const folder = await mkdtemp(path.join(tmpdir(), 'onyx-blocks-'));
  try {
    const promtool = await binary('promtool');
    const [text, blocks] = [path.join(folder, 'samples.txt'), path.join(folder, 'blocks')];
    await mkdir(blocks);
    const data = path.join(stack.dir, 'data/prometheus');
    await execa(promtool, ['tsdb', 'dump-openmetrics', data], { stdout: { file: text } });
    await execa(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', text, blocks]);
    const totals = { samples: 0, series: 0, chunks: 0, index: 0 };
    for (const block of await readdir(blocks)) {
      const inside = path.join(blocks, block);
      const meta = JSON.parse(await readFile(path.join(inside, 'meta.json'), 'utf8')) as {
        stats: { numSamples: number; numSeries: number };
      };
      totals.samples += meta.stats.numSamples;
      totals.series += meta.stats.numSeries;
      totals.index += (await stat(path.join(inside, 'index'))).size;
      for (const chunk of await readdir(path.join(inside, 'chunks')))
        totals.chunks += (await stat(path.join(inside, 'chunks', chunk))).size;
    }
    return {
      series,
      samplesPerSeries: totals.samples / totals.series,
      chunkBytesPerSample: totals.chunks / totals.samples,
      indexBytesPerSeries: totals.index / totals.series,
      logBytesPerSample: logged / appended,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
