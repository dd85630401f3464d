// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { genAi } from './gen-ai-names.ts';

/**
 * The metrics this project emits: the one place where a name, type, unit, label, allowed value or boundary is decided.
 * Views, recorder types, the reference page and every query check are derived from it.
 */

interface LabelTraits {
  /** The label may be missing: a request that matched no route has none. */
  readonly optional?: true;
  /**
   * Its place in the order in which labels become `other` when the metric is full: 1, or `true`, first, so that totals by the
   * remaining labels stay exact. What a metric is read by has no place, or the last one.
   */
  readonly folds?: true | number;
}

/** A label whose values are all known when the code is written; anything else recorded becomes `other`. */
export interface ClosedLabel extends LabelTraits {
  /** All that is shown, each there once; `other` is shown as well, whether it stands here or not. */
  readonly values: readonly string[];
}

/** A label whose values appear at run time; after `limit` distinct ones a further value becomes `other`. */
export interface OpenLabel extends LabelTraits {
  /** Distinct values a process shows, `other` not counted; from 1 to 1000. */
  readonly limit: number;
  /** Values are replaced by a keyed pseudonym before anything else sees them. */
  readonly pseudonym?: true;
  /** When it folds, a status of three digits becomes its class, such as `5xx`, which still says whether the request failed. */
  readonly foldsToClass?: true;
}

/** A label of a metric: it has `values`, or a `limit`. */
export type Label = ClosedLabel | OpenLabel;

interface Metric {
  /** What is measured, in a sentence: the help text in Prometheus. */
  readonly description: string;
  /** UCUM unit, as the OpenTelemetry specification asks. */
  readonly unit: string;
  /** By name; whatever else is recorded with it is dropped. */
  readonly labels: Readonly<Record<string, Label>>;
  /** Label sets over the life of a process, `other` and overflow included: 60 of a histogram and 500 of others by default. */
  readonly maxLabelSets?: number;
  /** The services that record it; by default every process with the preload. */
  readonly services?: readonly (Service | typeof canary.service)[];
  /** The language whose processes record it; by default both. */
  readonly runtime?: Runtime;
}

/** The languages that services are preloaded in. */
export const runtimes = ['node', 'python'] as const;
/** One of {@link runtimes}. */
export type Runtime = (typeof runtimes)[number];

/** The services whose endpoint in the collector carries metrics of this catalogue. */
export const services = ['suna', 'onyx'] as const;
/** One of {@link services}. */
export type Service = (typeof services)[number];

/**
 * What asks a known question all the time: its service in metrics, and the user it asks as unless `ONYX_CANARY_USER_ID` says otherwise.
 * Chats of that user are no user's, so the recorders leave them out.
 */
export const canary = { service: 'canary', user: 'canary' } as const;

/** Counts how many values were at most each of its boundaries, and their sum. */
export interface HistogramMetric extends Metric {
  /** What kind of instrument records it. */
  readonly kind: 'histogram';
  /** Upper bounds, inclusive, sorted, in `unit`. */
  readonly boundaries: readonly number[];
}

/** A total that only grows while a process lives. */
export interface CounterMetric extends Metric {
  /** What kind of instrument records it. */
  readonly kind: 'counter';
}

/** Recorded as an UpDownCounter: each process adds and subtracts its own, and the sum over processes is right. */
export interface GaugeMetric extends Metric {
  /** What kind of instrument records it. */
  readonly kind: 'gauge';
}

/** Everything decided about one metric. */
export type CatalogueMetric = HistogramMetric | CounterMetric | GaugeMetric;

/** Methods of RFC 9110 and PATCH; everything else is `other`. */
export const httpMethods = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
] as const;

/** Numbers that share a label value. */
interface Class {
  /** Lowest number of the class; the class ends where the next one starts. */
  readonly from: number;
  /** What the label shows of all of them. */
  readonly value: string;
}

/** How a number becomes a value of a closed label. */
export interface NumberRule {
  /** Sorted; what is below the first of them is `other`. */
  readonly classes: readonly [Class, ...Class[]];
  /** What is not such a number at all, in words. */
  readonly other: string;
  /** The value for `undefined` and `null`, where they mean something. */
  readonly none?: string;
  /** Highest number allowed, such as 1 of a share; every number from 0 by default. */
  readonly to?: number;
  /** Only whole numbers are allowed. */
  readonly whole?: true;
}

/** By label name: labels that are made from numbers. */
export const numberRules = {
  vector_count: {
    classes: [
      { from: 0, value: '0' },
      { from: 1, value: '1-5' },
      { from: 6, value: '6-10' },
      { from: 11, value: '11-20' },
      { from: 21, value: '21-50' },
      { from: 51, value: '51+' },
    ],
    whole: true,
    other: 'anything but a whole number from 0',
  },
  similarity_threshold: {
    classes: [
      { from: 0, value: 'under_0.5' },
      { from: 0.5, value: '0.5' },
      { from: 0.6, value: '0.6' },
      { from: 0.7, value: '0.7' },
      { from: 0.8, value: '0.8' },
      { from: 0.9, value: '0.9' },
    ],
    to: 1,
    none: 'none',
    other: 'anything but a number from 0 to 1',
  },
  duration_category: {
    classes: [
      { from: 0, value: 'under_1s' },
      { from: 1, value: '1s_to_10s' },
      { from: 10, value: '10s_to_60s' },
      { from: 60, value: 'over_60s' },
    ],
    other: 'anything but a finite number of seconds from 0',
  },
} as const satisfies Readonly<Record<string, NumberRule>>;

type ValueOf<Rule extends NumberRule> =
  | Rule['classes'][number]['value']
  | (Rule extends { readonly none: infer None extends string } ? None : never)
  | 'other';

/** The label a rule makes. */
function numbered<const Rule extends NumberRule>(rule: Rule): { readonly values: readonly ValueOf<Rule>[] } {
  const { none, classes } = rule;
  const values = [...(none === undefined ? [] : [none]), ...classes.map(({ value }) => value), 'other'];
  return { values: values as ValueOf<Rule>[] };
}

/** Kinds of databases, by the names that the conventions have for them. */
export const databases = [
  'cassandra',
  'elasticsearch',
  'mariadb',
  'memcached',
  'microsoft.sql_server',
  'mongodb',
  'mysql',
  'oracle.db',
  'postgresql',
  'redis',
  'sqlite',
  'other',
] as const;

/**
 * Ten boundaries to a power of ten, of ISO 3: a percentile between two of them is at most 7 % off where durations differ as usual
 * (docs/reference/resolution.md). In seconds, from 1 ms to 10 min.
 */
const durations = [
  ...[0.001, 0.00125, 0.0016, 0.002, 0.0025, 0.0032, 0.004, 0.005, 0.0063, 0.008],
  ...[0.01, 0.0125, 0.016, 0.02, 0.025, 0.032, 0.04, 0.05, 0.063, 0.08],
  ...[0.1, 0.125, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8],
  ...[1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8],
  ...[10, 12.5, 16, 20, 25, 32, 40, 50, 63, 80],
  ...[100, 125, 160, 200, 250, 320, 400, 500, 600],
] as const;
/** No model answers sooner than 10 ms. */
const callDurations = durations.filter((at) => at >= 0.01);

const boolean = { values: ['true', 'false'] } as const;

const genAiLabels = {
  [genAi.operation]: { values: ['chat', 'embeddings', 'text_completion', 'other'], folds: 3 },
  [genAi.provider]: { values: ['litellm', 'openai', 'anthropic', 'other'], folds: 2 },
  [genAi.model]: { limit: 25 },
} as const;

/** Users a process shows; every further one is `other`. `ONYX_USER_ID_MAX` changes it. */
export const defaultUsers = 200;

/** Caps of what the project records itself are chosen so that two instances of a service stay within `lineBudget` (budget.ts). */
export const catalogue = {
  onyx_chat_duration_seconds: {
    kind: 'histogram',
    description: 'Time from receiving a chat request to the end of its answer.',
    unit: 's',
    boundaries: [0.1, 0.5, 1, 1.5, 2, 5],
    labels: {
      model: { limit: 25 },
      user_id: { limit: defaultUsers, pseudonym: true, folds: 1 },
      success: boolean,
    },
    // 25 models and `other` with both outcomes, which must always fit, two hundred users of two models, and chats of theirs that fail.
    maxLabelSets: 500,
    services: ['suna'],
  },
  onyx_rag_retrieval_duration_seconds: {
    kind: 'histogram',
    description: 'Time to embed a query and retrieve its vectors, reranking included.',
    unit: 's',
    boundaries: [0.05, 0.1, 0.2, 0.5, 1],
    labels: {
      vector_count: numbered(numberRules.vector_count),
      similarity_threshold: numbered(numberRules.similarity_threshold),
    },
    services: ['onyx'],
  },
  onyx_task_completion_total: {
    kind: 'counter',
    description: 'Background tasks that ended, well or not.',
    unit: '{task}',
    labels: {
      task_type: { values: ['ingest', 'research', 'summarize', 'export', 'other'] },
      success: boolean,
      duration_category: numbered(numberRules.duration_category),
    },
    services: ['onyx'],
  },
  onyx_active_agents: {
    kind: 'gauge',
    description: 'Agents this process runs now.',
    unit: '{agent}',
    labels: {
      agent_type: { values: ['chat', 'research', 'ingest', 'other'] },
      status: { values: ['starting', 'running', 'waiting', 'other'] },
    },
    services: ['onyx'],
  },
  onyx_rag_stage_duration_seconds: {
    kind: 'histogram',
    description: 'Time of one stage of answering from documents. No convention names it.',
    unit: 's',
    boundaries: durations,
    labels: { stage: { values: ['embed', 'retrieve', 'rerank', 'generate', 'other'] } },
    services: ['onyx'],
  },
  onyx_rag_results_total: {
    kind: 'counter',
    description: 'Results returned by retrievals. No convention names it.',
    unit: '{result}',
    labels: {},
    services: ['onyx'],
  },
  onyx_rag_empty_results_total: {
    kind: 'counter',
    description: 'Retrievals that returned no result. No convention names it.',
    unit: '{retrieval}',
    labels: {},
    services: ['onyx'],
  },
  onyx_rag_best_similarity: {
    kind: 'histogram',
    description: 'Similarity of the best result of a retrieval that returned one, 0 to 1. No convention names it.',
    unit: '1',
    boundaries: [0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95],
    labels: {},
    services: ['onyx'],
  },
  onyx_canary_questions_total: {
    kind: 'counter',
    description: 'Questions of the canary, by what came back. No convention names it.',
    unit: '{question}',
    labels: { result: { values: ['right', 'wrong_document', 'wrong_answer', 'failed', 'timeout'] } },
    services: [canary.service],
    runtime: 'node',
  },
  onyx_canary_stage_duration_seconds: {
    kind: 'histogram',
    description:
      'Time of one stage of a whole answer to the canary: those that the answer tells of, and the rest. No convention names it.',
    unit: 's',
    boundaries: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    labels: { stage: { values: ['retrieve', 'generate', 'rest'] } },
    services: [canary.service],
    runtime: 'node',
  },
  [genAi.duration]: {
    kind: 'histogram',
    description: 'Time of a call of a model, to the end of its answer.',
    unit: 's',
    boundaries: callDurations,
    // Read by model and by whether it failed: when the metric is full a failure loses its kind, never its model.
    labels: { ...genAiLabels, 'error.type': { limit: 30, optional: true, folds: 1 } },
    maxLabelSets: 104,
    services: ['onyx'],
  },
  [genAi.timeToFirstChunk]: {
    kind: 'histogram',
    description: 'Time from calling a model to the first piece of its streamed answer.',
    unit: 's',
    // A minute without a word is the end of anybody's patience.
    boundaries: callDurations.filter((at) => at < 63),
    labels: genAiLabels,
    maxLabelSets: 52,
    services: ['onyx'],
  },
  [genAi.tokens]: {
    kind: 'histogram',
    description: 'Tokens a call of a model took in (input) and gave out (output), where the provider said so.',
    unit: '{token}',
    // The convention's.
    boundaries: [
      1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
    ],
    labels: { ...genAiLabels, [genAi.tokenType]: { values: ['input', 'output'] } },
    maxLabelSets: 104,
    services: ['onyx'],
  },
  onyx_gen_ai_cost_usd_total: {
    kind: 'counter',
    description: 'US dollars that calls of models cost, where the provider said so. No convention names it.',
    unit: '{USD}',
    labels: {},
    services: ['onyx'],
  },
  onyx_gen_ai_unknown_total: {
    kind: 'counter',
    description: 'Answered calls of models of which a quantity is not known: it is missing above, not 0.',
    unit: '{call}',
    labels: { quantity: { values: ['input_tokens', 'output_tokens', 'cost'] } },
    services: ['onyx'],
  },
  [genAi.agentDuration]: {
    kind: 'histogram',
    description: 'Time of a run of an agent, to the end of its answer.',
    unit: 's',
    // The convention's, and those of tools.
    boundaries: [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6],
    labels: { [genAi.agent]: { limit: 20 }, 'error.type': { limit: 30, optional: true, folds: 1 } },
    maxLabelSets: 84,
    services: ['suna'],
  },
  [genAi.toolDuration]: {
    kind: 'histogram',
    description: 'Time of a call of a tool by an agent.',
    unit: 's',
    boundaries: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    // Read by tool and by whether it failed.
    labels: {
      [genAi.tool]: { limit: 20 },
      [genAi.agent]: { limit: 20, optional: true, folds: 2 },
      'error.type': { limit: 30, optional: true, folds: 1 },
    },
    maxLabelSets: 168,
    services: ['suna'],
  },
  'http.server.request.duration': {
    kind: 'histogram',
    description: 'Duration of requests served, to the end of the answer; of HTTP/2 where Node publishes it.',
    unit: 's',
    boundaries: durations,
    // Read by route, and by whether it failed, which the class of a status says as well. The route comes last, for the overflow would
    // not even say that.
    labels: {
      'http.request.method': { values: [...httpMethods, 'other'], folds: 2 },
      'http.route': { limit: 100, optional: true, folds: 4 },
      'http.response.status_code': { limit: 20, folds: 3, foldsToClass: true },
      'error.type': { limit: 30, optional: true, folds: 1 },
    },
    maxLabelSets: 154,
  },
  'http.server.active_requests': {
    kind: 'gauge',
    description: 'Requests being served now; of HTTP/2 where Node publishes it.',
    unit: '{request}',
    labels: {},
  },
  'http.client.request.duration': {
    kind: 'histogram',
    description:
      'Duration of requests made to others, to the end of the answer: each attempt and each redirect is one.',
    unit: 's',
    boundaries: durations,
    labels: {
      'http.request.method': { values: [...httpMethods, 'other'], folds: 2 },
      'server.address': { limit: 20 },
      'server.port': { limit: 20 },
      'http.response.status_code': { limit: 20, optional: true, folds: 1 },
      'error.type': { limit: 30, optional: true },
    },
    maxLabelSets: 30,
  },
  'db.client.operation.duration': {
    kind: 'histogram',
    description: 'Duration of operations of databases and of Redis, where their library tells of them.',
    unit: 's',
    boundaries: [0.001, 0.01, 0.1, 1],
    labels: {
      'db.system.name': { values: databases },
      'db.operation.name': { limit: 30, folds: true },
      'server.address': { limit: 20 },
      'server.port': { limit: 20 },
      'error.type': { limit: 30, optional: true },
    },
    maxLabelSets: 30,
    runtime: 'node',
  },
  'db.client.connection.wait_time': {
    kind: 'histogram',
    description:
      'Time until a pool gave a connection: one that was idle, a new one, or one that another caller gave back.',
    unit: 's',
    boundaries: [0.001, 0.01, 0.1, 1],
    labels: {
      'db.system.name': { values: databases },
      'server.address': { limit: 20 },
      'server.port': { limit: 20 },
    },
    maxLabelSets: 8,
    runtime: 'node',
  },
  'nodejs.eventloop.delay.p99': {
    kind: 'gauge',
    description: 'How late timers fired since the last export, 99th percentile.',
    unit: 's',
    labels: {},
    runtime: 'node',
  },
  'nodejs.eventloop.delay.max': {
    kind: 'gauge',
    description: 'How late timers fired since the last export, at worst.',
    unit: 's',
    labels: {},
    runtime: 'node',
  },
  'nodejs.eventloop.utilization': {
    kind: 'gauge',
    description: 'Share of the time since the last export in which the event loop was busy, 0 to 1.',
    unit: '1',
    labels: {},
    runtime: 'node',
  },
  'v8js.gc.duration': {
    kind: 'histogram',
    description: 'Duration of garbage collections.',
    unit: 's',
    // The convention's.
    boundaries: [0.01, 0.1, 1, 10],
    // The convention's `weakcb` takes no time worth a series: it is `other`.
    labels: { 'v8js.gc.type': { values: ['minor', 'major', 'incremental', 'other'] } },
    runtime: 'node',
  },
  'v8js.memory.heap.used': {
    kind: 'gauge',
    description: 'Heap in use, all spaces.',
    unit: 'By',
    labels: {},
    runtime: 'node',
  },
  'v8js.memory.heap.limit': {
    kind: 'gauge',
    description: 'Heap size at which the process runs out of memory.',
    unit: 'By',
    labels: {},
    runtime: 'node',
  },
  'asyncio.eventloop.delay.p99': {
    kind: 'gauge',
    description: 'How late timers of event loops fired since the last export, 99th percentile. No convention names it.',
    unit: 's',
    labels: {},
    runtime: 'python',
  },
  'asyncio.eventloop.delay.max': {
    kind: 'gauge',
    description: 'How late timers of event loops fired since the last export, at worst. No convention names it.',
    unit: 's',
    labels: {},
    runtime: 'python',
  },
  'cpython.gc.collections': {
    kind: 'counter',
    description: 'Garbage collections, by generation.',
    unit: '{collection}',
    labels: { 'cpython.gc.generation': { values: ['0', '1', '2'] } },
    runtime: 'python',
  },
  'process.thread.count': {
    kind: 'gauge',
    description: 'Threads of the process.',
    unit: '{thread}',
    labels: {},
    runtime: 'python',
  },
  onyx_process_start_time_seconds: {
    kind: 'gauge',
    description:
      'When this process started, in seconds since 1970, and which version of its service it is. No convention names it.',
    unit: 's',
    labels: { version: { limit: 1, optional: true } },
  },
  'process.memory.usage': { kind: 'gauge', description: 'Resident memory of the process.', unit: 'By', labels: {} },
  'process.cpu.time': {
    kind: 'counter',
    description: 'CPU time used by the process.',
    unit: 's',
    labels: { 'cpu.mode': { values: ['user', 'system'] } },
  },
  onyx_telemetry_exports_total: {
    kind: 'counter',
    description: 'Exports of this process to the collector.',
    unit: '{export}',
    labels: { success: boolean },
  },
  onyx_telemetry_folds_total: {
    kind: 'counter',
    description: 'Measurements of which a label became `other`, or the overflow, because a limit was reached.',
    unit: '{measurement}',
    labels: { metric: { limit: 50, folds: true } },
    maxLabelSets: 3,
  },
  onyx_telemetry_dropped_total: {
    kind: 'counter',
    description:
      'Measurements not recorded: their value was impossible (value), or reading what was given failed (error).',
    unit: '{measurement}',
    labels: { metric: { limit: 50, folds: true }, reason: { values: ['value', 'error'] } },
    maxLabelSets: 5,
  },
} as const satisfies Readonly<Record<string, CatalogueMetric>>;

/**
 * Lines that an endpoint of the collector may have, all instances of its service together: what the limits of our metrics add up to. Our
 * exporter has them ready and answers within a few milliseconds; Prometheus takes 15 microseconds to store each.
 */
export const lineBudget = 44_000;

/** The six core services of the platform. Each has an endpoint of its own in the collector and a job of its own in Prometheus. */
export const coreServices = ['suna', 'onyx', 'qdrant', 'supabase', 'redis', 'litellm'] as const;

/** One of the six. */
export type CoreService = (typeof coreServices)[number];

/** The collector's endpoints: those of the six, of the machine and its containers, and of everybody else who sends. */
export const endpoints = [...coreServices, 'infra', 'apps'] as const;

/** One of the collector's endpoints. */
export type Endpoint = (typeof endpoints)[number];

/** How often a service reports, and after which silence it counts as gone: three reports. In seconds. */
export const reporting = { every: 10, silentAfter: 45 } as const;

/** The route of health checks, which are no user's requests and count in no figure. */
export const healthRoute = '/health';

/** The type of {@link catalogue}: every name, value and boundary in it is one of its own. */
export type Catalogue = typeof catalogue;

/** The OpenTelemetry name of a metric of the catalogue. */
export type MetricName = keyof Catalogue;
