// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Asker, asker } from '../../services/prometheus/prometheus.ts';
import { isExcused, type Moment } from '../../services/verify/emptiness.ts';
import { type Prometheus, startPrometheus } from '../collector/helpers/prometheus.ts';

let prometheus: Prometheus;
let ask: Asker;

beforeAll(async () => {
  prometheus = await startPrometheus();
  ask = asker(`${prometheus.url}/api/v1`, {}, new AbortController().signal);
  // It scrapes itself.
  await vi.waitFor(async () => expect(await prometheus.query('prometheus_build_info')).toHaveLength(1), 30_000);
});
afterAll(() => prometheus?.stop());

const moment = (more: Partial<Moment> = {}): Moment => ({
  ...{ now: Math.ceil(Date.now() / 1000), span: 600, step: 15, rate: 60, lag: 0, pulled: true, isPrometheus: true },
  ...more,
});
const excused = (query: string, because: Parameters<typeof isExcused>[2]['because'], unless?: string, more = {}) =>
  isExcused(ask, query, { because, unless }, moment(more));

test('a query that must have a value is excused by nothing', async () => {
  expect(await excused('nothing', 'fault')).toBe(false);
});

test('for want of traffic or history only as long as its condition does not hold', async () => {
  for (const because of ['traffic', 'history'] as const) {
    expect(await excused('nothing', because, 'prometheus_build_info > 1')).toBe(true);
    expect(await excused('nothing', because, 'prometheus_build_info > 0')).toBe(false);
    // What has only just begun may not have been recorded.
    expect(await excused('nothing', because, 'prometheus_build_info > 0', { lag: 3600 })).toBe(true);
  }
});

test('for want of a component, or of failures, only as long as something that it reads is not there', async () => {
  for (const because of ['component', 'failure'] as const) {
    expect(await excused('prometheus_build_info * nothing', because)).toBe(true);
    expect(await excused('prometheus_build_info * on (none) group_left () up{job="none"}', because)).toBe(true);
    expect(await excused('sum without (job) (prometheus_build_info) * on (job) prometheus_build_info', because)).toBe(
      false,
    );
    expect(await excused('prometheus_build_info > 1', because)).toBe(true);
  }
});

test('for want of scrapes in push mode only', async () => {
  expect(await excused('nothing', 'pull')).toBe(false);
  expect(await excused('nothing', 'pull', undefined, { pulled: false })).toBe(true);
});

test('for want of what Prometheus says of itself where another engine answers', async () => {
  expect(await excused('nothing', 'store')).toBe(false);
  expect(await excused('nothing', 'store', undefined, { isPrometheus: false })).toBe(true);
});
