// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Result, sinceName } from '../committed.ts';
import { type Spread, spread } from '../statistics.ts';
import { difference, type Place, ratio, value } from './figures.ts';
import { sections } from './sections.ts';

/** What was promised, and what to hold it against. */
export interface Promised {
  readonly promise: string;
  readonly suite: string;
  /** The most that keeps the promise; none: it was only aimed at. */
  readonly limit?: number;
  /** The most that reaches the aim, where there is one; neither: it stands there for comparison. */
  readonly aim?: number;
  readonly unit: '×' | 'ms' | 's' | 'MB' | '';
  /** All of them count: the worst one is told. */
  readonly figures: (result: Result) => readonly (Spread | undefined)[];
}

const bare = 'bare';
const cpu = (workload: string) => (result: Result) => [
  ratio(result, { workload, subject: 'otel/register', measure: 'cpuMicrosecondsPerRequest' }, bare),
];
const added = (workload: string, subject: string, measure: string) => (result: Result) => [
  difference(result, { workload, subject, measure }, bare),
];
/** Round by round, what one adds to the bare application, compared with the other. */
const addedBeside =
  (workload: string, ours: string, theirs: string) =>
  ({ comparison }: Result): readonly (Spread | undefined)[] => {
    const cpuOf = (subject: string) =>
      comparison[workload]?.[subject]?.samples.map((each) => each.cpuMicrosecondsPerRequest ?? Number.NaN);
    const [own, upstream, alone] = [ours, theirs, bare].map(cpuOf);
    if (own === undefined || upstream === undefined || alone === undefined) return [undefined];
    const addedBy = (all: readonly number[], round: number) =>
      (all[round] ?? Number.NaN) - (alone[round] ?? Number.NaN);
    return [spread(own.map((_, round) => addedBy(own, round) / addedBy(upstream, round)))];
  };
const alone = (workload: string, subject: string) => (result: Result) => [
  ratio(result, { workload, subject, measure: 'cpuMicrosecondsPerRequest' }, 'otel/register, incoming only'),
];
const first = 'service that answers its first request';

/** A measure of every workload and subject that has it. */
const all =
  (measures: readonly string[], wanted: (place: Place) => boolean = () => true) =>
  (result: Result) =>
    Object.entries(result.comparison).flatMap(([workload, subjects]) =>
      Object.keys(subjects).flatMap((subject) =>
        measures
          .map((measure) => ({ workload, subject, measure }))
          .filter((place) => wanted(place) && value(result, place) !== undefined)
          .map((place) => value(result, place)),
      ),
    );
/** In no round may it be more: the largest of all rounds, not their median. */
const never =
  (measures: readonly string[], wanted: (place: Place) => boolean = () => true) =>
  ({ comparison }: Result) =>
    Object.entries(comparison).flatMap(([workload, subjects]) =>
      Object.entries(subjects).flatMap(([subject, { samples }]) =>
        measures
          .filter((measure) => wanted({ workload, subject, measure }) && samples.some((sample) => measure in sample))
          .map((measure) => spread([Math.max(...samples.map((sample) => sample[measure] ?? Number.NaN))])),
      ),
    );
const ofOwnEndpoint = ({ workload, subject }: Place) => workload === '1,000 lines' && subject === 'otel/register';
const isOurs = (subject: string) => subject === 'our exporter';
const besideUpstream = (measure: string) => (result: Result) =>
  Object.keys(result.comparison)
    .filter((workload) => value(result, { workload, subject: 'our exporter', measure }) !== undefined)
    .map((workload) => ratio(result, { workload, subject: 'our exporter', measure }, "upstream's exporter"));
/** What the page shows of the boards, but for the slowest query of all of them. */
const boards = Object.keys(sections.find(({ suite }) => suite === 'dashboards')?.measures ?? {}).filter(
  (measure) => measure !== 'slowestQueryMilliseconds',
);

/** Other versions of Node for which the promises of some suites are made as well. */
export const otherNodes: Readonly<Record<number, readonly string[]>> = { 24: ['overhead', 'startup'] };

/** The commit before the preload measured what a service calls, and left every application unchanged: some suites compare it with that. */
export const before = { commit: 'd89a808', suites: ['overhead', 'startup'] };

export const promises: readonly Promised[] = [
  {
    promise: 'CPU of an Express handler that works for 2 ms, compared with the bare application',
    ...{ suite: 'overhead', limit: 1.03, aim: 1.01, unit: '×', figures: cpu('2 ms handler') },
  },
  {
    promise: 'CPU of a trivial JSON handler, compared with the bare application',
    ...{ suite: 'overhead', limit: 1.15, aim: 1.05, unit: '×', figures: cpu('trivial JSON handler') },
  },
  ...['http', 'fetch'].flatMap((by): Promised[] => {
    const workload = `handler that makes a request by ${by}`;
    return [
      {
        promise: `CPU of a handler that makes a request by ${by}, compared with the bare application`,
        ...{ suite: 'outgoing', limit: 1.05, unit: '×', figures: cpu(workload) },
      },
      {
        promise: `CPU added to it, compared with upstream's instrumentations of http and undici`,
        ...{ suite: 'outgoing', limit: 0.33, unit: '×' },
        figures: addedBeside(workload, 'otel/register', 'NodeSDK, http and undici'),
      },
      {
        promise: `CPU of a handler that makes a request by ${by}, compared with the preload that measures incoming requests only`,
        ...{ suite: 'outgoing-alone', limit: 1.05, unit: '×', figures: alone(workload, 'otel/register') },
      },
      {
        promise: 'the same with listeners that do nothing: what Node asks of any',
        ...{ suite: 'outgoing-alone', aim: 1.05, unit: '×', figures: alone(workload, 'the same, empty listeners') },
      },
    ];
  }),
  {
    promise: `CPU of handlers that call nothing, compared with the preload of ${before.commit}, which measured no calls`,
    ...{ suite: sinceName('overhead', before.commit), limit: 1.02, unit: '×' },
    figures: (result) =>
      Object.keys(result.comparison).map((workload) =>
        ratio(
          result,
          { workload, subject: 'register.cjs of now', measure: 'cpuMicrosecondsPerRequest' },
          `register.cjs of ${before.commit}`,
        ),
      ),
  },
  {
    promise: 'added to the start of a service, the one-file bundle',
    ...{ suite: 'startup', limit: 60, unit: 'ms', figures: added(first, 'register.cjs alone', 'wallMilliseconds') },
  },
  {
    promise: 'memory added to a service, the one-file bundle',
    ...{ suite: 'startup', limit: 15, unit: 'MB', figures: added(first, 'register.cjs alone', 'rssMegabytes') },
  },
  {
    promise: 'added to a process that measures nothing, such as `npm` or a health check',
    ...{ suite: 'startup', limit: 30, unit: 'ms' },
    figures: added('process that measures nothing', 'otel/register', 'wallMilliseconds'),
  },
  {
    promise: 'CPU of a FastAPI handler that works for 2 ms, compared with the bare application',
    ...{ suite: 'python', limit: 1.03, unit: '×' },
    figures: (result) => [
      ratio(
        result,
        { workload: '2 ms FastAPI handler', subject: 'onyx_metrics', measure: 'cpuMicrosecondsPerRequest' },
        bare,
      ),
    ],
  },
  {
    promise: "CPU added to a trivial FastAPI handler, compared with upstream's opentelemetry-instrument",
    ...{
      suite: 'python',
      limit: 0.5,
      unit: '×',
      figures: addedBeside('trivial FastAPI handler', 'onyx_metrics', 'opentelemetry-instrument'),
    },
  },
  {
    promise: 'added to the start of a Python service',
    ...{
      suite: 'python',
      limit: 150,
      unit: 'ms',
      figures: added('start of a service', 'onyx_metrics', 'wallMilliseconds'),
    },
  },
  {
    promise: 'memory added to a Python service',
    ...{ suite: 'python', limit: 25, unit: 'MB', figures: added('start of a service', 'onyx_metrics', 'rssMegabytes') },
  },
  {
    promise: 'time of a recorder, compared with prom-client, at 1, 256 and 1,000 series',
    ...{ suite: 'record', aim: 1, unit: '×' },
    figures: (result) =>
      Object.keys(result.comparison).map((workload) =>
        ratio(result, { workload, subject: "otel's recorder, otel/register", measure: 'nanoseconds' }, 'prom-client'),
      ),
  },
  {
    promise: "p95 of a scrape of a service's own `/metrics`, 1,000 lines",
    ...{ suite: 'endpoint', limit: 2, unit: 'ms', figures: all(['p95Milliseconds'], ofOwnEndpoint) },
  },
  {
    promise: 'longest time that rendering them holds up the event loop',
    ...{ suite: 'endpoint', limit: 10, unit: 'ms', figures: all(['longestStallMilliseconds'], ofOwnEndpoint) },
  },
  {
    promise:
      'p95 of a scrape of each endpoint of the collector, by Prometheus and by another client, 20 users or 500 on two instances',
    ...{ suite: 'scrape', limit: 10, aim: 5, unit: 'ms' },
    figures: all(['prometheusP95Milliseconds', 'clientP95Milliseconds'], ({ workload }) => !workload.includes('busy')),
  },
  {
    promise: 'the same with every core kept busy by something else',
    ...{ suite: 'scrape', aim: 10, unit: 'ms' },
    figures: all(['prometheusP95Milliseconds', 'clientP95Milliseconds'], ({ workload }) => workload.includes('busy')),
  },
  {
    promise: 'points the collector refuses at 10,000 a second',
    ...{ suite: 'collector', limit: 0, unit: '' },
    figures: never(
      ['pointsRefused'],
      ({ workload, subject }) => workload === '10,000 points a second' && subject === 'our configuration',
    ),
  },
  {
    promise: 'p50 of an answer of our exporter, 10,000 lines or 1,000 native histograms, any format, idle',
    ...{ suite: 'collector-exporter', limit: 3, unit: 'ms' },
    figures: all(['p50Milliseconds'], ({ workload, subject }) => isOurs(subject) && !workload.includes('busy')),
  },
  {
    promise: 'p95 of the same with every core kept busy by something else',
    ...{ suite: 'collector-exporter', aim: 10, unit: 'ms' },
    figures: all(['p95Milliseconds'], ({ workload, subject }) => isOurs(subject) && workload.includes('busy')),
  },
  {
    promise: 'the same of a server that has the answer in memory, asked in turn with it: the part of client and kernel',
    ...{ suite: 'collector-exporter', unit: 'ms' },
    figures: all(
      ['p95Milliseconds'],
      ({ workload, subject }) => subject === 'static file' && workload.includes('busy'),
    ),
  },
  {
    promise: "p50 of an answer, times that of upstream's exporter",
    ...{ suite: 'collector-exporter', limit: 0.1, unit: '×', figures: besideUpstream('p50Milliseconds') },
  },
  {
    promise: "CPU of such a scrape, times that of upstream's",
    ...{ suite: 'collector-exporter', limit: 1 / 15, unit: '×', figures: besideUpstream('cpuMillisecondsPerScrape') },
  },
  {
    promise: "CPU of a point taken in, rendering included, times that of upstream's",
    ...{ suite: 'collector-exporter', limit: 1, unit: '×', figures: besideUpstream('cpuMicrosecondsPerPoint') },
  },
  {
    promise: 'CPU of a point in our whole configuration, times that of a minimal one',
    ...{ suite: 'collector-points', aim: 2, unit: '×' },
    figures: (result) =>
      Object.keys(result.comparison).map((workload) =>
        ratio(result, { workload, subject: 'our configuration', measure: 'cpuMicrosecondsPerPoint' }, 'minimal'),
      ),
  },
  {
    promise: 'p95 from the end of a chat or task until Prometheus has it, 20 and 200 users',
    ...{ suite: 'pipeline', limit: 30, unit: 's', figures: all(['p95Seconds']) },
  },
  {
    promise: "increments lost or doubled, compared with the load's own ledger",
    ...{ suite: 'pipeline', limit: 0, unit: '', figures: never(['lost', 'doubled']) },
  },
  {
    promise: 'all queries of a board at once, up to 7 days',
    ...{ suite: 'dashboards', limit: 2000, unit: 'ms' },
    figures: all(boards, ({ subject }) => subject === 'recorded rates'),
  },
  {
    promise: 'a query of a board alone, up to 7 days',
    ...{ suite: 'dashboards', limit: 500, unit: 'ms' },
    figures: all(['slowestQueryMilliseconds'], ({ subject }) => subject === 'recorded rates'),
  },
];
