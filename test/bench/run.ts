// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import Table from 'cli-table3';
import { InvalidArgumentError, program } from 'commander';
import { circumstances, writeResult } from '../result.ts';
import { resultName, resultsFolder, roundsOfToday, sinceName } from './committed.ts';
import { type Comparison, compare, type Suite } from './harness.ts';
import { peerVersions } from './peers.ts';
import { canPin } from './pinned.ts';
import { preloadPeers, sinceCommit } from './preloads.ts';
import type { Spread } from './statistics.ts';
import { suites } from './suites.ts';

interface Options {
  readonly rounds: number;
  readonly quick: boolean;
  readonly add: boolean;
  readonly since?: string;
  readonly list: boolean;
}

/** Nothing to add rounds to. */
const none = { comparison: {}, rounds: 0 };

const say = (text: string) => process.stderr.write(`${text}\n`);

function rounds(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('give a whole number from 1 on.');
  return count;
}

const { format } = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const range = ({ median, q1, q3 }: Spread) => `${format(median)} (${format(q1)} to ${format(q3)})`;

/** The suite with an older preload and this one for its subjects. */
function compareWith(commit: string, suite: Suite): Suite {
  if (suite.peers !== preloadPeers) program.error(`${suite.name} compares no preloads: give overhead or startup.`);
  const question = `${suite.name}: does the preload cost more than at ${commit}?`;
  return { ...suite, question, name: sinceName(suite.name, commit), subjects: sinceCommit(commit), peers: [] };
}

/** One for each workload, since not all measure the same. */
function tables(comparison: Comparison): string {
  return Object.entries(comparison)
    .map(([workload, subjects]) => {
      const columns = [...new Set(Object.values(subjects).flatMap(({ measured }) => Object.keys(measured)))];
      const rows = new Table({ head: [workload, ...columns], style: { head: [], border: [] } });
      for (const [subject, { measured, ratio }] of Object.entries(subjects)) {
        const cells = columns.map((column) => {
          const [value, times] = [measured[column], ratio?.[column]];
          return `${value ? range(value) : ''}${times && Number.isFinite(times.median) ? `\nx ${times.median.toFixed(3)} (${times.q1.toFixed(3)} to ${times.q3.toFixed(3)})` : ''}`;
        });
        rows.push([subject, ...cells]);
      }
      return rows.toString();
    })
    .join('\n');
}

program
  .name('npm run bench --')
  .description('Compares subjects in paired rounds of fresh, pinned processes; keeps the result in test/bench/results.')
  .argument(
    '[suite...]',
    `which suites: ${suites.map(({ name }) => name).join(', ')}`,
    suites.map(({ name }) => name),
  )
  .option('--list', 'say what each suite answers, and run none', false)
  .option('--rounds <count>', 'how often each subject is measured', rounds, 7)
  .option('--quick', 'one short round to see that it works; nothing is kept', false)
  .option('--add', "adds the rounds to today's result: a machine may be quiet for some minutes only", false)
  .option('--since <commit>', 'compares the preload with what it was at a commit, in overhead and startup')
  .action(async (names: readonly string[], { rounds, quick, add, since, list }: Options) => {
    if (list) {
      for (const { name, question } of suites) process.stdout.write(`${name}: ${question}\n`);
      return;
    }
    const named = (suite: string, name: string) => suite === name || suite.startsWith(`${name}-`);
    const unknown = names.filter((name) => !suites.some((suite) => named(suite.name, name)));
    if (unknown.length > 0) program.error(`no suite is called ${unknown.join(', ')}`);
    if (!canPin) say('Not pinned to cores (no taskset, or one core): expect more spread.');
    for (const chosen of suites.filter((suite) => names.some((name) => named(suite.name, name)))) {
      const suite = since === undefined ? chosen : compareWith(since, chosen);
      const where = { ...(await circumstances(suite.packages)), peers: await peerVersions(suite.peers ?? []) };
      const before = add && !quick ? await roundsOfToday(resultName(suite.name), where) : none;
      const comparison = await compare(suite, quick ? 1 : rounds, quick, say, before.comparison);
      process.stdout.write(`${suite.question}\nMedian (quartiles); x = ratio to the baseline within the round.\n`);
      process.stdout.write(`${tables(comparison)}\n`);
      if (quick) continue;
      const { name, question } = suite;
      const all = { name, question, ...where, pinned: canPin, rounds: before.rounds + rounds, comparison };
      say(`Kept in ${await writeResult(resultsFolder, resultName(name), all)}`);
    }
  });
await program.parseAsync();
