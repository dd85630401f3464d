// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newestResult } from './committed.ts';

const sizing = path.join(import.meta.dirname, '../../docs/reference/sizing.md');
const day = 86_400;
/** Seconds between two scrapes in production. */
const scrape = 15;
/** Prometheus joins blocks until one covers a tenth of what it keeps, so there are never more. */
const blocks = 30;
/** Seconds the log covers before it is cut. */
const logged = 4.5 * 3600;

test('the sizing table follows from the last measurement', async () => {
  const last = await newestResult('footprint');
  const value = (workload: string, part: string, name: string) =>
    last?.comparison[workload]?.[part]?.measured[name]?.median ?? Number.NaN;
  const disk = (name: string) => value('everything each second', 'prometheus', name);
  const gigabytes = (series: number, days: number) =>
    (
      (series *
        (((days * day) / scrape) * disk('chunkBytesPerSample') +
          blocks * disk('indexBytesPerSeries') +
          (logged / scrape) * disk('logBytesPerSample'))) /
      1e9
    ).toFixed(2);
  const page = await readFile(sizing, 'utf8');
  const rows = [...page.matchAll(/^\| ([\d,]+): .* \| ([\d.]+) GB \| ([\d.]+) GB \|$/gm)];
  expect(rows).toHaveLength(2);
  for (const [, series = '', week, month] of rows) {
    const count = Number(series.replace(',', ''));
    expect([week, month], series).toEqual([gigabytes(count, 7), gigabytes(count, 30)]);
  }
  for (const part of ['collector', 'prometheus', 'alertmanager']) {
    const [, cpu, memory] = new RegExp(`^\\| ${part}.*?\\| ([\\d.]+) % \\| (\\d+) MB`, 'im').exec(page) ?? [];
    expect(Number(cpu)).toBeCloseTo(value('intervals of production', part, 'cpuPercentOfACore'), 1);
    const measured = ['intervals of production', 'everything each second'].map((workload) =>
      value(workload, part, 'peakMegabytes'),
    );
    expect(Number(memory)).toBeGreaterThanOrEqual(Math.round(measured[0] ?? 0));
    expect(Number(memory)).toBeLessThanOrEqual(Math.ceil(Math.max(...measured)));
  }
});

test('the CPU and memory with every limit reached are those of the last measurement', async () => {
  const last = await newestResult('footprint-at-limits');
  const [measured] = Object.values(last?.comparison ?? {});
  const value = (part: string, name: string) => measured?.[part]?.measured[name]?.median ?? Number.NaN;
  const told = (part: string) =>
    `${value(part, 'cpuPercentOfACore').toFixed(1)} %( of a core)? and ${value(part, 'peakMegabytes').toFixed(0)} MB`;
  expect(await readFile(sizing, 'utf8')).toMatch(
    new RegExp(`the collector took ${told('collector')}, Prometheus ${told('prometheus')}`),
  );
});
