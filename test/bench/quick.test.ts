// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { newestResult, type Result } from './committed.ts';
import { type Comparing, type Comparison, compare } from './harness.ts';
import { grossRatios, regressions, type Watched, watched } from './quick.ts';

test.each(watched.map((one) => [one.suite.name, one.subject, one.baseline, one] as const))(
  '%s: %s costs less than twice what the committed result says, beside %s',
  async (name, _subject, _baseline, one) => {
    const recorded = await newestResult(name);
    if (recorded === undefined) throw new Error(`no result is committed: npm run bench -- ${name}`);
    expect(await regressions(one, recorded)).toEqual([]);
  },
);

/** A subject that costs `costs()` times as much as the baseline, and a third that is not measured here. */
function fake(costs: () => number): Watched {
  const suite: Comparing = {
    name: 'fake',
    question: 'What does it cost?',
    subjects: ['peer', 'bare', 'ours'],
    workloads: ['hello', 'other'],
    packages: [],
    measure: async (subject) => ({ cpu: subject === 'ours' ? 10 * costs() : 10 }),
  };
  return { suite, baseline: 'bare', subject: 'ours', workloads: ['hello'], measure: 'cpu', rounds: 1 };
}

const result = (comparison: Comparison): Result => ({
  ...{ file: 'fake-2026-11-25.json', name: 'fake', question: '', date: '', commit: '', versions: {}, peers: {} },
  ...{ machine: { platform: '', cpu: '', cores: 2, memoryGigabytes: 8 }, pinned: true, rounds: 3, comparison },
});

const recorded = result(await compare(fake(() => 1.1).suite, 3, false, () => {}));

test('twice the recorded ratio is a regression that names what was measured and the file that knows better', async () => {
  expect(
    await regressions(
      fake(() => 2.25),
      recorded,
    ),
  ).toEqual([
    'fake, hello: cpu of ours is 2.25 times that of bare, recorded 1.10 times in test/bench/results/fake-2026-11-25.json',
  ]);
  expect(
    await regressions(
      fake(() => 2.15),
      recorded,
    ),
  ).toEqual([]);
});

test('a machine that stumbles once is asked again', async () => {
  const costs = [9, 1.2];
  expect(
    await regressions(
      fake(() => costs.shift() ?? Number.NaN),
      recorded,
    ),
  ).toEqual([]);
  expect(costs).toEqual([]);
});

test('what the committed result does not have is no success', async () => {
  const watched = { ...fake(() => 1), workloads: ['new'] };
  const measured = await compare({ ...watched.suite, workloads: ['new'] }, 1, true, () => {});
  expect(() => grossRatios(watched, measured, recorded)).toThrow('no values');
  expect([
    ...grossRatios(
      { ...watched, measure: 'unknown' },
      await compare(fake(() => 1).suite, 1, true, () => {}),
      recorded,
    ).keys(),
  ]).toEqual(['hello', 'other']);
});
