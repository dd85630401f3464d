// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newestResult, type Result } from '../committed.ts';
import { type Comparing, compare, type Sample } from '../harness.ts';
import type { Results } from './figures.ts';
import { benchmarkPage, newestResults } from './page.ts';
import { sections } from './sections.ts';

const folder = path.resolve(import.meta.dirname, '../../../docs/reference');

test('the committed page of the benchmarks is what `npm run generate` makes of the newest results', async () => {
  expect(await readFile(path.join(folder, 'benchmarks.md'), 'utf8')).toBe(benchmarkPage(await newestResults()));
});

test('every suite has its section, and each subject and measure that a section names is in its newest result', async () => {
  // By the names of their files: to import them takes longer than all of these tests.
  const files = (await readdir(path.join(import.meta.dirname, '../suites'))).filter((name) => !name.includes('.test.'));
  expect(sections.map(({ suite }) => `${suite}.ts`).sort()).toEqual(files.sort());
  for (const { suite, ours, others, measures } of sections) {
    const result = await newestResult(suite);
    if (result === undefined) continue;
    const workloads = Object.values(result.comparison);
    const subjects = new Set(workloads.flatMap((subjects) => Object.keys(subjects)));
    const measured = new Set(
      workloads.flatMap((subjects) => Object.values(subjects).flatMap(({ measured }) => Object.keys(measured))),
    );
    expect(
      [...ours, ...others].filter((name) => !subjects.has(name)),
      suite,
    ).toEqual([]);
    expect(
      Object.keys(measures).filter((name) => !measured.has(name)),
      suite,
    ).toEqual([]);
  }
});

test('a page without any result says so of every suite and promise', () => {
  const text = benchmarkPage(new Map());
  for (const { suite } of sections)
    expect(text).toContain(`No result is committed yet: \`npm run bench -- ${suite}\`.`);
  expect(text).toContain('| not measured yet | `npm run bench -- overhead` |');
});

const subjects = [
  ...['bare', 'otel/register', 'auto-instrumentations-node/register'],
  ...['NodeSDK, http and express', 'prom-client, express-prom-bundle'],
] as const;

/** A result of `overhead` in which each subject costs what it is told, compared with the bare application. */
async function overhead(costs: (subject: string, round: number) => Sample): Promise<Results> {
  const rounds = new Map<string, number>();
  const suite: Comparing = {
    ...{ name: 'overhead', question: 'What does it cost?', packages: [] },
    subjects: ['bare', ...subjects.slice(1)],
    workloads: ['trivial JSON handler', '2 ms handler'],
    measure: async (subject) => {
      const round = rounds.get(subject) ?? 0;
      rounds.set(subject, round + 1);
      return costs(subject, round);
    },
  };
  const result: Result = {
    ...{
      name: 'overhead',
      question: suite.question,
      date: '2026-11-25T12:00:00.000Z',
      commit: 'abc',
      file: 'overhead-2026-11-25.json',
    },
    ...{ versions: { node: '20.20.2' }, peers: { 'prom-client': '15.1.3' }, pinned: true, rounds: 3 },
    machine: { platform: 'linux', cpu: 'CPU', cores: 2, memoryGigabytes: 8 },
    comparison: await compare(suite, 3, false, () => {}),
  };
  return new Map([['overhead', result]]);
}

/** The lines of the page that hold a text. */
const lines = (results: Results, text: string) =>
  benchmarkPage(results)
    .split('\n')
    .filter((line) => line.includes(text));

test.each([
  [1.04, 'kept, aim reached'],
  [1.1, 'kept, aim missed'],
  [1.2, '**missed**'],
])('at %d times the CPU of a trivial handler the promise is %s', async (times, verdict) => {
  const results = await overhead((subject) => ({ cpuMicrosecondsPerRequest: subject === 'bare' ? 40 : 40 * times }));
  expect(lines(results, '| CPU of a trivial JSON handler')[0]).toBe(
    `| CPU of a trivial JSON handler, compared with the bare application | ×1.150 | ×1.050 | ×${times.toFixed(3)} | ${verdict} |`,
  );
});

test('what is promised on another Node as well is told of a result of that one', async () => {
  const [here, there] = await Promise.all(
    [41, 44].map((own) =>
      overhead((subject) => ({ cpuMicrosecondsPerRequest: subject === 'otel/register' ? own : 40 })),
    ),
  );
  const results = new Map([...(here ?? []), ['overhead-node24', there?.get('overhead')] as const]);
  const told = lines(results, '| CPU of a trivial JSON handler');
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('×1.025');
  expect(told[1]).toContain('×1.100');
});

test('where a peer is better is told with its ratio, in what more is better too, and what the spread leaves open as such', async () => {
  const prom = 'prom-client, express-prom-bundle';
  const results = await overhead((subject, round) => ({
    cpuMicrosecondsPerRequest: subject === prom ? 40 : 50,
    requestsPerSecond: subject === prom ? 1000 : 800,
    // Once better, once the same, once worse.
    rssMegabytes: subject === 'otel/register' ? ([80, 110, 105][round % 3] ?? 0) : 100,
    p50Milliseconds: subject === 'otel/register' ? 1 : 2,
  }));
  const told = lines(results, '| overhead | trivial');
  expect(told).toContain(`| overhead | trivial JSON handler | ${prom} | CPU of a request, us | ×1.250 |  |`);
  expect(told).toContain(`| overhead | trivial JSON handler | ${prom} | requests/s | ×0.800 |  |`);
  expect(told).toContain(`| overhead | trivial JSON handler | ${prom} | memory, MB | ×1.050 (0.925–1.075) | perhaps |`);
  expect(told.filter((line) => line.includes('p50') || line.includes('| bare |'))).toEqual([]);
});

test('a result that lacks a promised figure is no success', async () => {
  const results = await overhead(() => ({ requestsPerSecond: 1 }));
  expect(lines(results, '| CPU of a trivial JSON handler')[0]).toContain('not in overhead-2026-11-25.json | unknown |');
});
