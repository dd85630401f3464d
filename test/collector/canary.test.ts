// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { preloaded, root } from '../otel/helpers/preloaded.ts';
import { typed } from '../typed.ts';
import { type Collector, startCollector } from './helpers/collector.ts';
import { samples } from './helpers/targets.ts';

/** The real canary, with the preload and a real collector; only Suna is a stand-in. */

async function collectorWith(canary: string): Promise<Collector> {
  const collector = await startCollector({ ONYX_CANARY: canary });
  onTestFinished(async () => void (await collector.stop()));
  return collector;
}

test('what the canary has counted arrives, from 0 on, with seconds of each stage, apart from Suna and Onyx', async () => {
  const collector = await collectorWith('1');
  let asked = 0;
  const suna = createServer((_request, response) => {
    asked += 1;
    const sources = [{ id: asked > 2 ? 9 : 168 }];
    response.end(JSON.stringify({ answer: 'It is 50 MB.', sources, seconds: { retrieve: 0.02, generate: 0.2 } }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void suna.close());
  await once(suna, 'listening');
  const { child, ended } = preloaded(['otel/dist/canary.mjs'], {
    OTEL_SERVICE_NAME: 'canary',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    ONYX_CANARY_URL: `http://127.0.0.1:${(suna.address() as AddressInfo).port}/api/chat`,
    ONYX_CANARY_QUESTION: 'What is the limit?',
    ONYX_CANARY_DOCUMENT: '168',
    ONYX_CANARY_ANSWER: '50 MB',
    ONYX_CANARY_INTERVAL: '0.1',
  });
  await expect.poll(() => asked).toBeGreaterThan(5);
  child.kill('SIGTERM');
  const { signal, stderr } = await ended;
  // A question that is under way at the end is asked and not counted.
  const counted = async () => {
    const { body } = await collector.scrape('apps');
    const questions = samples(body).filter(([name]) => name === 'onyx_canary_questions_total');
    return Object.fromEntries(questions.map(([, labels, value]) => [labels.result, value]));
  };
  await expect.poll(counted).toMatchObject({ right: 2, wrong_answer: 0, failed: 0, timeout: 0 });
  const { wrong_document: wrong = 0 } = await counted();
  expect([asked - 2, asked - 3]).toContain(wrong);
  const { body } = await collector.scrape('apps');
  const stages = samples(body).filter(([name]) => name === 'onyx_canary_stage_duration_seconds_sum');
  const seconds = Object.fromEntries(stages.map(([, { stage }, value]) => [stage, value / (wrong + 2)]));
  expect(seconds).toEqual({ retrieve: expect.closeTo(0.02), generate: expect.closeTo(0.2), rest: expect.any(Number) });
  expect(signal).toBe('SIGTERM');
  expect(stderr.split('\n').filter((line) => line.startsWith('canary:'))).toEqual([
    'canary: right',
    'canary: wrong_document: the answer names 1 documents, and none is 168',
  ]);
});

test('without its question the canary ends at once and names what is missing', async () => {
  const { exitCode, stderr } = await typed('node --require ./otel/dist/register.cjs otel/dist/canary.mjs', {
    ...{ cwd: root, reject: false },
    env: { ONYX_CANARY_URL: 'http://127.0.0.1:1' },
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('canary: ONYX_CANARY_QUESTION is not set: any text is needed.');
});

test.each([
  ['1', ['onyx_canary_expected 1']],
  ['0', []],
  ['', []],
])('the collector says whether a canary is meant to ask: ONYX_CANARY=%s', async (canary, expected) => {
  const collector = await collectorWith(canary);
  const infra = async () => (await collector.scrape('infra')).body;
  await expect.poll(infra).toMatch(/^otelcol_process_uptime_seconds_total/m);
  const lines = async () => (await infra()).match(/^onyx_canary.*$/gm)?.map((line) => line.replace(/\{.*\}/, '')) ?? [];
  await expect.poll(lines).toEqual(expected);
});
