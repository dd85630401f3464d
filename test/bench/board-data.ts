// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { boards } from '../../grafana/src/board-files.ts';
import { signalsOf } from '../../grafana/src/dashboard.ts';
import { endpoints } from '../../otel/src/catalogue/catalogue.ts';
import { readSettings } from '../../services/native/environment.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { cached } from '../../services/native/programs/cache.ts';
import { known, rules } from '../grafana/known-series.ts';
import { examine } from '../grafana/query.ts';

/** When the data ends, in seconds: fixed, so that the same data can be kept and asked again. */
export const end = Date.UTC(2026, 0, 8) / 1000;
/** Seconds between two samples of what boards read: Prometheus scrapes that often. */
const step = 15;
/** The same of metrics at their limits, recorded and not: at 15 s it would take an hour to make a week of them. */
const steps = { recorded: 30, raw: 120 };
/** Seconds between two samples of what they do not: there are many, and no query reads them. */
const bystanderStep = 900;
/** Of one block, in seconds. */
const block = 2 * 3600;

const boardSeries = 2_000;
const bystanders = 18_000;

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every metric that a panel or a rule reads, as many label sets of each as make so many series in all. */
export function seriesOfBoards(): Series[] {
  const queries = boards.flatMap((board) => signalsOf(board).flatMap(({ queries }) => queries));
  const metrics = [...new Set([...queries, ...rules].flatMap(({ expr }) => examine(expr, known).metrics))].sort();
  const sets = metrics.map((name) => ({ name, labelSets: labelSets(name) }));
  const upTo = (cap: number) =>
    sets.flatMap(({ name, labelSets }) => labelSets.slice(0, cap).map((labels) => ({ name, labels })));
  let cap = 1;
  while (upTo(cap + 1).length <= boardSeries) cap += 1;
  const more = sets.flatMap(({ name, labelSets }) => labelSets.slice(cap).map((labels) => ({ name, labels })));
  // Those of a metric must stay together.
  return [...upTo(cap), ...more].slice(0, boardSeries).sort((one, other) => (one.name < other.name ? -1 : 1));
}

const isRecorded = (name: string) => name.startsWith('onyx:');

/** Values of labels at their limits; of others five, as in the other data. */
const limits: Readonly<Record<string, number>> = {
  http_route: 100,
  ...{ gen_ai_request_model: 25, model: 25, requested_model: 25, litellm_model_name: 25 },
  user_id: 200,
};

/** Every metric that a panel reads by route, model or user, or of all routes, with as many label sets as there may be. */
export function seriesAtLimits(): Series[] {
  const queries = boards.flatMap((board) => signalsOf(board).flatMap(({ queries }) => queries));
  const metrics = [...new Set(queries.flatMap(({ expr }) => examine(expr, known).metrics))].sort();
  return metrics.flatMap((name) => {
    const labels = [...(known.get(name)?.keys() ?? [])];
    const isOfThem = labels.some((label) => label in limits) || name.endsWith('_all_routes');
    if (name === 'ALERTS' || !isOfThem) return [];
    const lines = labels.includes('le') ? new Set(labelSets(name).map(({ le }) => le)).size : 1;
    const sets = lines > 1 ? (isRecorded(name) ? 100 : 50) : 500;
    return labelSets(name, limits, sets * lines).map((labels) => ({ name, labels }));
  });
}

/** Those that report of themselves; every other series comes from one place. */
const reporters: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(http_server|v8js|nodejs|process_(cpu_time|memory_usage)|onyx_telemetry)_|^onyx:(http|latency)/, ['suna', 'onyx']],
  [/^(up|scrape_.*|onyx:service_.*)$/, endpoints],
];
/** Of histograms of others; ours are in the catalogue. */
const boundaries = ['0.1', '0.25', '0.5', '1.0', '2.5', '5.0', '10.0', '30.0', '+Inf'];

/**
 * Label sets of a metric, no more than are looked at. Boundaries change first, so that those of one histogram stay together, then the
 * labels whose values are counted.
 */
function labelSets(
  name: string,
  counts: Readonly<Record<string, number>> = {},
  most = boardSeries,
): Record<string, string>[] {
  const rank = (label: string) => (label === 'le' ? 0 : label in counts ? 1 : 2);
  const labels = [...(known.get(name) ?? [])].sort(([one], [other]) => rank(one) - rank(other));
  const values: Readonly<Record<string, readonly string[]>> = {
    service: reporters.find(([pattern]) => pattern.test(name))?.[1] ?? ['one'],
    job: ['one'],
    instance: ['one'],
    le: boundaries,
  };
  return labels.reduce<Record<string, string>[]>(
    (sets, [label, some]) => {
      const many = Array.from({ length: counts[label] ?? 5 }, (_, index) => `${label}-${index + 1}`);
      const chosen = label === 'service' || some === 'any' ? (values[label] ?? many) : some;
      return chosen.flatMap((value) => sets.map((set) => ({ ...set, [label]: value }))).slice(0, most);
    },
    [{}],
  );
}

/** The folder of a Prometheus that holds so many hours of the series of all boards among many others, made once. */
export async function boardData(
  hours: number,
  series = seriesOfBoards(),
  stepOf = (_name: string) => step,
): Promise<string> {
  const promtool = await binary('promtool');
  return cached({
    cacheDir: readSettings().cacheDir,
    kind: 'board-data',
    key: [await readFile(import.meta.filename), JSON.stringify(series), `${hours} hours`],
    make: async (folder) => {
      const text = path.join(folder, 'samples.txt');
      await mkdir(path.join(folder, 'data'));
      for (let from = end - hours * 3600; from < end; from += block) {
        await write(text, series, stepOf, from, Math.min(from + block, end));
        await execa(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', text, path.join(folder, 'data')]);
      }
      await rm(text);
    },
  });
}

/** The same of everything by route, model or user, at its limits. */
export function boardDataAtLimits(hours: number): Promise<string> {
  return boardData(hours, seriesAtLimits(), (name) => (isRecorded(name) ? steps.recorded : steps.raw));
}

/** Writes the samples from one time to another; all of a series together, or the format is broken. */
async function write(
  file: string,
  series: readonly Series[],
  stepOf: (name: string) => number,
  from: number,
  to: number,
): Promise<void> {
  const stream = createWriteStream(file);
  const put = async (lines: readonly string[]) => {
    if (!stream.write(`${lines.join('\n')}\n`)) await once(stream, 'drain');
  };
  const histograms = new Map<string, number>();
  for (const { name, labels } of series) {
    const { le, ...others } = labels;
    const histogram = JSON.stringify([name, others]);
    const index = histograms.get(histogram) ?? histograms.size;
    histograms.set(histogram, index);
    const start = `${name}{${Object.entries(labels).map(([label, value]) => `${label}="${value}"`)}}`;
    const course = courseOf(name, le, index);
    const lines: string[] = [];
    for (let at = from; at < to; at += stepOf(name)) lines.push(`${start} ${course(at)} ${at}`);
    await put(lines);
  }
  for (let index = 0; index < bystanders; index += 1) {
    const start = `bystander_${index % 300}_total{service="apps",part="${Math.floor(index / 300)}"}`;
    const lines: string[] = [];
    for (let at = from; at < to; at += bystanderStep) lines.push(`${start} ${at + index} ${at}`);
    await put(lines);
  }
  stream.end('# EOF\n');
  await once(stream, 'finish');
}

/** A value by time: counters grow, buckets by their boundary, everything else swings. */
function courseOf(name: string, le: string | undefined, index: number): (at: number) => number {
  const pace = 0.1 + (index % 7) / 10;
  const share = le === undefined ? 1 : le === '+Inf' ? 1 : Math.min(1, 0.2 + Number(le) / 6);
  if (/_(total|count|sum|bucket)$/.test(name)) return (at) => Math.floor((at - end + 8 * 86_400) * pace * share);
  if (name.endsWith('timestamp_seconds')) return (at) => at - 5;
  return (at) => Number(((1 + Math.sin(at / 3600 + index)) * 0.4 * share).toFixed(4));
}
