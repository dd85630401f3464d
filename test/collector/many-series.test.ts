// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Prometheus as Asked } from '../../services/prometheus/prometheus.ts';
import { oddities } from '../../services/verify/oddities.ts';
import { folderOfTest } from '../folder.ts';
import { startCollector } from './helpers/collector.ts';
import { counter, send } from './helpers/otlp.ts';
import { startPrometheus } from './helpers/prometheus.ts';

/** As docs/reference/sizing.md counts them: with every limit reached. */
const requests = 20;
const metrics = 10;
const models = 470;

/** A storage, and a gateway that pushes to it, with more of a configuration. */
async function pushing(more: (storage: string) => object = () => ({})) {
  const prometheus = await startPrometheus(undefined, {
    file: 'prometheus.push.yml',
    flags: ['--web.enable-remote-write-receiver'],
  });
  onTestFinished(() => prometheus.stop());
  const folder = folderOfTest();
  await writeFile(join(folder, 'more.yaml'), JSON.stringify(more(prometheus.url)));
  const gateway = await startCollector({ ONYX_PUSH_URL: `${prometheus.url}/api/v1/write` }, [
    ...['collector.push.yaml', 'collector.gateway.yaml', join(folder, 'more.yaml')],
  ]);
  onTestFinished(async () => void (await gateway.stop()));
  return { prometheus, gateway };
}

test('94,000 series that are pushed arrive whole, nothing refuses them, and the collector keeps within its memory', async () => {
  const { prometheus, gateway } = await pushing();
  for (let request = 0; request < requests; request += 1) {
    const said = Array.from({ length: metrics }, (_, metric) =>
      counter(
        `many_${'abcdefghij'[metric]}_total`,
        Array.from({ length: models }, (_, model) => ({ value: 1 + model, attributes: { model: `m${model}` } })),
      ),
    );
    expect(await send(gateway.otlp, { service: 'many', instance: `many-${10_000_000 + request}-0` }, said)).toBe(200);
  }
  const single = async (expression: string) => Number((await prometheus.query(expression))[0]?.value?.[1] ?? 0);
  await expect.poll(() => single('count({__name__=~"many_.+"})')).toBe(requests * metrics * models);
  const right = (requests * metrics * models * (models + 1)) / 2;
  await expect.poll(() => single('sum({__name__=~"many_.+"})')).toBe(right);
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1024;
  // What memory_limiter lets it have before it refuses.
  expect(peak).toBeLessThan(640);
});

test('points that the storage refuses are counted, and `npm run verify` names them', async () => {
  const { prometheus, gateway } = await pushing((storage) => ({
    exporters: { 'prometheusremotewrite/apps': { endpoint: `${storage}/api/v1/nothing` } },
  }));
  const subjects = async () => {
    // A counter that began with its first value has grown only with the next.
    await send(gateway.otlp, { service: 'many' }, [counter('refused_total', [{ value: 1 }])]);
    const found = await oddities(new Asked({ url: prometheus.url }, AbortSignal.timeout(20_000)));
    return found.map(({ subject }) => subject);
  };
  await expect.poll(subjects).toEqual(['points of prometheusremotewrite/apps that storage refused']);
});
