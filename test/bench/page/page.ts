// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { newestResult, type Result, resultName, sinceName } from '../committed.ts';
import type { Spread } from '../statistics.ts';
import { format, formatRatio, type Place, type Results, ratio, value } from './figures.ts';
import { before, otherNodes, type Promised, promises } from './promises.ts';
import { type Section, sections } from './sections.ts';

const onOtherNodes = Object.entries(otherNodes).map(([major, suites]) => [Number(major), suites] as const);

/** The newest results of all that the page shows. */
export async function newestResults(): Promise<Results> {
  const others = onOtherNodes.flatMap(([major, suites]) => suites.map((suite) => resultName(suite, major)));
  const sinces = before.suites.map((suite) => sinceName(suite, before.commit));
  const names = [...sections.map(({ suite }) => suite), ...others, ...sinces];
  return new Map(await Promise.all(names.map(async (name) => [name, await newestResult(name)] as const)));
}

/** docs/reference/benchmarks.md, from the results. */
export function benchmarkPage(results: Results): string {
  return `${[
    '<!-- Written by `npm run generate` from test/bench/results. Do not edit. -->',
    '# Benchmarks',
    ...[
      introduction,
      '## Promises and figures',
      promised(promises, ({ suite }) => results.get(suite)),
      ...onOtherNodes.flatMap(([major, suites]) => [
        `On Node ${major}:`,
        promised(
          promises.filter(({ suite }) => suites.includes(suite)),
          ({ suite }) => results.get(resultName(suite, major)),
        ),
      ]),
      '## Where something else is better',
      better(results),
      ...sinceBefore(results),
    ],
    ...sections.flatMap((section) => [`## ${section.title}`, told(section, results.get(section.suite))]),
  ].join('\n\n')}\n`;
}

const introduction = [
  'Figures of `npm run bench`, of the newest result of each suite in [test/bench/results](../../test/bench/results), where all samples are.',
  '',
  '- **Ratios are the result**, `×1.05`; absolute figures belong to the machine that is named, and are context.',
  '- Each measurement is made in fresh processes, the server on one core and its load on the other. Within a round every subject takes its turn, and each',
  '  round begins with another one; a ratio is taken within its round, so that a slow minute of the machine cancels out. In `overhead` all servers run, and',
  '  get their requests in ten turns of half a second, with the same number of requests for each.',
  '- A figure is the median of the rounds, with the quartiles in brackets.',
  '- What people would use instead is pinned in `test/bench/peers/package.json`, installed apart, and set up as its own guide says: metrics only, exported to',
  '  a collector that takes everything.',
  '- `npm test` repeats four suites for a few seconds, and fails at twice a ratio of this page (`test/bench/quick.ts`).',
].join('\n');

function promised(shown: readonly Promised[], resultOf: (promise: Promised) => Result | undefined): string {
  const rows = shown.map((promise) => {
    const { limit, aim } = promise;
    const figure = (at: number | undefined) => (at === undefined ? '' : withUnit(at, promise));
    return [promise.promise, figure(limit), figure(aim), ...measured(promise, resultOf(promise))];
  });
  return table(['promise', 'at most', 'aim', 'measured', 'verdict'], rows);
}

function measured(promise: Promised, result: Result | undefined): [figure: string, verdict: string] {
  if (result === undefined) return ['not measured yet', `\`npm run bench -- ${promise.suite}\``];
  const figures = promise.figures(result);
  const found = figures.filter((figure): figure is Spread => figure !== undefined);
  // One that is missing may be the one that breaks the promise.
  if (found.length === 0 || found.length < figures.length) return [`not in ${result.file}`, 'unknown'];
  const worst = found.reduce((one, other) => (other.median > one.median ? other : one));
  const { median, q1, q3 } = worst;
  const spread = q1 === q3 ? '' : ` (${withUnit(q1, promise)} to ${withUnit(q3, promise)})`;
  const text = `${found.length > 1 ? `worst of ${found.length}: ` : ''}${withUnit(median, promise)}${spread}`;
  return [text, verdict(median, promise)];
}

function verdict(figure: number, { limit, aim }: Promised): string {
  if (limit === undefined && aim === undefined) return 'for comparison';
  const reached = aim !== undefined && figure <= aim;
  if (limit === undefined) return reached ? 'aim reached' : '**aim missed**';
  if (figure > limit) return '**missed**';
  if (aim === undefined) return 'kept';
  return reached ? 'kept, aim reached' : 'kept, aim missed';
}

function withUnit(figure: number, { unit }: Promised): string {
  return unit === '×' ? formatRatio(figure) : `${format(figure)}${unit && ` ${unit}`}`;
}

/** In which measure and under which load another subject is better than ours; computed, so that it is true of these results. */
function better(results: Results): string {
  const rows = sections.flatMap((section) => {
    const result = results.get(section.suite);
    return result === undefined ? [] : losses(section, result);
  });
  const measured = sections.filter(({ suite, others }) => others.length > 0 && results.get(suite));
  const names = measured.map(({ suite }) => `\`${suite}\``).join(', ');
  if (rows.length === 0) return `Nothing, in ${names}: no median of another subject is better than ours.`;
  return [
    `Of ${names}: every median of another subject that is better than ours. "Perhaps": the quartiles of the ratio reach the other side of 1.`,
    '',
    table(['suite', 'load', 'better', 'in', 'ours', ''], rows),
  ].join('\n');
}

/** What the preload costs now, compared with before, where that was measured. */
function sinceBefore(results: Results): string[] {
  const measured = sections.flatMap((section) => {
    const name = sinceName(section.suite, before.commit);
    const result = before.suites.includes(section.suite) ? results.get(name) : undefined;
    return result === undefined ? [] : [told({ ...section, suite: name }, result)];
  });
  const heading = `## Cost compared with the preload of ${before.commit}`;
  return measured.length === 0 ? [] : [heading, ...measured];
}

function losses(section: Section, result: Result): string[][] {
  const { suite, ours, others, measures } = section;
  return Object.keys(result.comparison).flatMap((workload) =>
    ours.flatMap((subject) =>
      Object.entries(measures).flatMap(([measure, { heading, moreIsBetter, describes }]) =>
        others.flatMap((other) => {
          const beside = ratio(result, { workload, subject, measure }, other);
          if (beside === undefined || describes) return [];
          const worse = (at: number) => (moreIsBetter ? at < 1 : at > 1);
          // What the page would show as ×1.00 is none.
          if (!worse(beside.median) || Math.abs(beside.median - 1) < 0.005) return [];
          const certain = worse(beside.q1) && worse(beside.q3);
          const mine = ours.length > 1 ? `${subject} ` : '';
          const doubt = certain ? (result.rounds === 1 ? 'one round' : '') : 'perhaps';
          return [[suite, workload, other, heading, mine + withSpread(beside, formatRatio), doubt]];
        }),
      ),
    ),
  );
}

function told(section: Section, result: Result | undefined): string {
  if (result === undefined) return `No result is committed yet: \`npm run bench -- ${section.suite}\`.`;
  const { measures, subjects } = section;
  const shown = Object.entries(measures).filter(([measure]) =>
    Object.values(result.comparison).some((subjects) =>
      Object.values(subjects).some(({ measured }) => measure in measured),
    ),
  );
  const rows = Object.entries(result.comparison).flatMap(([workload, subjects]) =>
    Object.keys(subjects).map((subject, index) => [
      index === 0 ? workload : '',
      subject,
      ...shown.map(([measure, { describes }]) => cell(result, { workload, subject, measure }, describes)),
    ]),
  );
  return [
    `${result.question}${circumstances(result)}`,
    table(['load', subjects ?? 'subject', ...shown.map(([, { heading }]) => heading)], rows),
  ].join('\n\n');
}

function circumstances({ date, commit, machine, versions, peers, pinned, rounds, file }: Result): string {
  const list = [...Object.entries(versions), ...Object.entries(peers)].map(([name, version]) => `${name} ${version}`);
  const { cpu, cores, memoryGigabytes, platform } = machine;
  return ` Measured ${date.slice(0, 10)} at \`${commit}\`, ${rounds === 1 ? 'one round' : `${rounds} rounds`}, on ${cores} cores (${cpu}), ${
    memoryGigabytes
  } GB, ${platform}, ${pinned ? 'pinned' : 'not pinned'}: [${file}](../../test/bench/results/${file}). Versions: ${[...new Set(list)].join(', ')}.`;
}

function cell(result: Result, place: Place, describes: true | undefined): string {
  const absolute = value(result, place);
  if (absolute === undefined) return '';
  const times = result.comparison[place.workload]?.[place.subject]?.ratio?.[place.measure];
  if (times === undefined || describes || !Number.isFinite(times.median)) return format(absolute.median);
  return `**${withSpread(times, formatRatio)}** ${format(absolute.median)}`;
}

function withSpread({ median, q1, q3 }: Spread, text: (value: number) => string): string {
  const [low, high] = [text(q1), text(q3)];
  return low === high ? text(median) : `${text(median)} (${low.replace('×', '')}–${high.replace('×', '')})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
