// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { afterAll, expect, test } from 'vitest';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { expected, identity, samples, startTargets } from './helpers/targets.ts';

const targets = await startTargets();
afterAll(() => targets.stop());
const collector = await collectorOfFile(targets.variables);

/** Added on the way. */
const ours = /^(onyx_\w+|target_info)$/;

/** Series of an endpoint, without the labels every one of them has, and their values. */
async function shown(endpoint: 'qdrant' | 'litellm', which: (name: string) => boolean): Promise<Map<string, number>> {
  const { body } = await collector.scrape(endpoint);
  return new Map(
    samples(body)
      .filter(([name]) => which(name))
      .map(([name, { instance: _, job: __, ...labels }, value]) => [identity(name, labels), value]),
  );
}

const target = (endpoint: 'qdrant' | 'litellm') => shown(endpoint, (name) => !ours.test(name));

/** Sums are made in another order there. */
const rounded = (series: ReadonlyMap<string, number>) =>
  Object.fromEntries([...series].map(([name, value]) => [name, Number(value.toPrecision(12))]));

test("Qdrant's metrics keep the names, labels and values Qdrant gave them", async () => {
  await expect.poll(async () => rounded(await target('qdrant'))).toEqual(rounded(expected('qdrant')));
});

test("LiteLLM's counters, histograms and gauges keep their names, lose everything personal, and keep their totals", async () => {
  await expect.poll(async () => rounded(await target('litellm'))).toEqual(rounded(expected('litellm')));
  expect((await collector.scrape('litellm')).body).not.toMatch(/alice|bob|203\.0\.113|[0-9a-f]{40}/);
});

test('what LiteLLM lost is counted by the names of the labels', async () => {
  const counted = await shown('litellm', (name) => name === 'onyx_dropped_labels_total');
  const names = [...counted.keys()].flatMap((series) => /"label","([^"]+)"/.exec(series)?.[1]?.split(',') ?? []);
  expect([...new Set(names)].sort()).toEqual([
    'api_key_alias',
    'client_ip',
    'end_user',
    'hashed_api_key',
    'model_id',
    'org_alias',
    'org_id',
    'route',
    'team',
    'team_alias',
    'user',
    'user_agent',
    'user_email',
  ]);
});

test('a target that stops answering is shown as down', async () => {
  const up = async () => [...(await shown('qdrant', (name) => name === 'onyx_target_up')).values()];
  await expect.poll(up).toEqual([1]);
  targets.qdrant.closeAllConnections();
  targets.qdrant.close();
  await expect.poll(up).toEqual([0]);
});

test("the collector's own metrics and the machine's are in infra", async () => {
  const infra = async () => (await collector.scrape('infra')).body;
  await expect.poll(infra).toMatch(/^otelcol_process_uptime_seconds_total\{instance="collector",job="otelcol"\} /m);
  expect(await infra()).toMatch(/^system_cpu_utilization_ratio\{state="idle"\} /m);
  expect(await infra()).toMatch(/^system_memory_utilization_ratio\{state="used"\} /m);
  expect(await infra()).toMatch(/^system_filesystem_utilization_ratio\{.*mountpoint="\/".*\} /m);
  expect(await infra()).not.toMatch(/^(up|scrape_\w+)[ {]/m);
  expect(await infra()).not.toMatch(/^otelcol_(processor_\w+_items|scraper_)/m);
});
