// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { ask, credentials, type HttpEndpoint } from './http-endpoint.ts';
import { shaped } from './shape.ts';

const sample = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
const vector = z.object({ result: z.array(z.object({ metric: labels, value: sample })) });
const matrix = z.object({ result: z.array(z.object({ metric: labels, values: z.array(sample) })) });

const targets = z.object({
  activeTargets: z.array(
    z.object({
      scrapePool: z.string(),
      scrapeUrl: z.string(),
      scrapeInterval: z.string(),
      labels,
      health: z.enum(['up', 'down', 'unknown']),
      lastError: z.string(),
      lastScrape: z.coerce.date(),
    }),
  ),
});
const metadata = z.record(z.string(), z.array(z.object({ type: z.string() })));
const runtime = z.object({ startTime: z.coerce.date(), lastConfigTime: z.coerce.date() });
const rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      interval: z.number(),
      // Of vmalert, each rule has one.
      evaluationTime: z.number().default(0),
      lastEvaluation: z.coerce.date(),
      rules: z.array(
        z.object({
          type: z.enum(['recording', 'alerting']),
          name: z.string(),
          query: z.string(),
          health: z.string(),
          lastError: z.string().optional(),
          state: z.string().optional(),
          duration: z.number().optional(),
        }),
      ),
    }),
  ),
});

const flags = z.object({
  'storage.tsdb.path': z.string(),
  'storage.tsdb.retention.time': z.string(),
  'storage.tsdb.retention.size': z.string(),
});

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** One value of an instant query, all of a range. */
  readonly values: readonly number[];
  /** When the last of them is, in seconds since the epoch. */
  readonly at: number;
}

export type Target = z.infer<typeof targets>['activeTargets'][number];
export type Rule = z.infer<typeof rules>['groups'][number]['rules'][number];
export type RuleGroup = z.infer<typeof rules>['groups'][number];

/** Parameters of a question; a repeated one is a list. */
type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

/** Answers a path of Prometheus' API with its `data`; rejects with what was said instead. */
export type Asker = (path: string, parameters?: Parameters) => Promise<unknown>;

/**
 * Asks the API below `base`, which may be a proxy of it.
 *
 * @param headers of one who may ask
 */
export function asker(base: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Asker {
  return async (path, parameters = {}) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      for (const each of [value].flat()) search.append(name, String(each));
    }
    const response = await ask(`${base}/${path}?${search}`, signal, { headers });
    const text = await response.text();
    let answer: { data?: unknown; error?: string } = {};
    try {
      answer = JSON.parse(text);
    } catch {
      // A proxy's own page: its status says enough.
    }
    if (response.ok && answer.data !== undefined) return answer.data;
    throw new Error(answer.error ?? `${base}/${path} answered ${response.status}`);
  };
}

/** What a running Prometheus knows. Every question rejects when it is not answered. */
export class Prometheus {
  readonly ask: Asker;

  constructor(place: HttpEndpoint, signal: AbortSignal) {
    this.ask = asker(`${place.url}/api/v1`, credentials(place), signal);
  }

  /** An instant query's vector. */
  async query(query: string): Promise<Series[]> {
    return instant(this.ask, query);
  }

  /** The value of an expression that has one series, none when it has none. */
  async value(query: string): Promise<number | undefined> {
    const [first] = await this.query(query);
    return first?.values[0];
  }

  async targets(): Promise<Target[]> {
    return shaped(targets, await this.ask('targets', { state: 'active' }), 'Prometheus (targets)').activeTargets;
  }

  /** Types that targets declare, by metric. */
  async types(): Promise<Map<string, Set<string>>> {
    const all = shaped(metadata, await this.ask('metadata'), 'Prometheus (metadata)');
    return new Map(Object.entries(all).map(([name, found]) => [name, new Set(found.map(({ type }) => type))]));
  }

  async ruleGroups(): Promise<RuleGroup[]> {
    return shaped(rules, await this.ask('rules'), 'Prometheus (rules)').groups;
  }

  /** When it started, and when it last read its configuration. */
  async began(): Promise<z.infer<typeof runtime>> {
    return shaped(runtime, await this.ask('status/runtimeinfo'), 'Prometheus (runtimeinfo)');
  }

  /** Seconds since it started; undefined of what only answers like Prometheus. */
  async age(): Promise<number | undefined> {
    const began = await this.began().catch(() => undefined);
    return began && (Date.now() - began.startTime.getTime()) / 1000;
  }

  /** What it was told of its storage; undefined where an engine of another make or of several parts answers. */
  async flags(): Promise<z.infer<typeof flags> | undefined> {
    return flags.safeParse(await this.ask('status/flags').catch(() => undefined)).data;
  }

  /** Values of a label, of the series that match or else of all. */
  async labelValues(label: string, match?: string): Promise<string[]> {
    const answer = await this.ask(`label/${label}/values`, match ? { 'match[]': match } : {});
    return shaped(z.array(z.string()), answer, `Prometheus (values of ${label})`);
  }
}

export async function instant(ask: Asker, query: string, time?: number): Promise<Series[]> {
  const { result } = shaped(
    vector,
    await ask('query', { query, ...(time !== undefined && { time }) }),
    'Prometheus (query)',
  );
  return result.map(({ metric, value: [at, value] }) => ({ labels: metric, values: [toNumber(value)], at }));
}

/** Seconds since the epoch, and between two values. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export async function range(ask: Asker, query: string, { start, end, step }: Range): Promise<Series[]> {
  const { result } = shaped(matrix, await ask('query_range', { query, start, end, step }), 'Prometheus (query_range)');
  return result.map(({ metric, values }) => ({
    labels: metric,
    values: values.map(([, value]) => toNumber(value)),
    at: values.at(-1)?.[0] ?? 0,
  }));
}

function toNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Seconds of a duration as Prometheus writes it, such as `1m30s`. */
export function seconds(duration: string): number {
  const units: Readonly<Record<string, number>> = {
    ms: 0.001,
    s: 1,
    m: 60,
    h: 3600,
    d: 86_400,
    w: 604_800,
    y: 31_536_000,
  };
  return [...duration.matchAll(/(\d+)(ms|s|m|h|d|w|y)/g)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}
