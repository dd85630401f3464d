// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from 'node:timers/promises';
import { Prometheus } from '../prometheus/prometheus.ts';
import { type Ledger, type Totals, totals } from './ledger.ts';

/**
 * What the load must move in Prometheus, and by how much. Raw values are compared: `increase()` extrapolates. Everybody who
 * uses Postgres and Redis moves their counters, the collector too, so there the load is only the least that must arrive.
 */
const measures: readonly Measure[] = [
  { what: 'onyx_chat_duration_seconds', query: 'sum(onyx_chat_duration_seconds_count)', driven: ({ chats }) => chats },
  {
    what: 'onyx_rag_retrieval_duration_seconds',
    query: 'sum(onyx_rag_retrieval_duration_seconds_count)',
    driven: ({ searches }) => searches,
  },
  { what: 'onyx_task_completion_total', query: 'sum(onyx_task_completion_total)', driven: ({ tasks }) => tasks },
  { what: 'onyx_active_agents', query: 'sum(onyx_active_agents)', driven: ({ heldAgents }) => heldAgents },
  {
    what: 'suna: runs of agents',
    query: 'sum(gen_ai_invoke_agent_duration_seconds_count)',
    driven: ({ agentRuns }) => agentRuns,
  },
  {
    what: 'suna: failed runs of agents',
    query: 'sum(gen_ai_invoke_agent_duration_seconds_count{error_type!=""})',
    driven: ({ failedChats }) => failedChats,
  },
  {
    what: 'suna: calls of tools',
    query: 'sum(gen_ai_execute_tool_duration_seconds_count)',
    driven: ({ chats }) => chats,
  },
  {
    what: 'suna: chat requests',
    query: 'sum(http_server_request_duration_seconds_count{service="suna", http_route="/api/chat"})',
    driven: ({ chats }) => chats,
  },
  {
    what: 'onyx: chat requests',
    query: 'sum(http_server_request_duration_seconds_count{service="onyx", http_route="/chat"})',
    driven: ({ chats }) => chats,
  },
  {
    what: 'qdrant: searches',
    query: 'sum(rest_responses_total{service="qdrant", endpoint=~".+/points/(search|query)(/.+)?"})',
    driven: ({ searches }) => searches,
  },
  {
    what: 'supabase: transactions',
    query: 'sum(postgresql_commits_total{service="supabase"})',
    driven: ({ chats }) => chats,
    shared: true,
  },
  {
    what: 'redis: commands',
    query: 'sum(redis_commands_processed_total{service="redis"})',
    driven: ({ tasks }) => tasks,
    shared: true,
  },
  {
    what: 'litellm: requests',
    query: 'sum(litellm_proxy_total_requests_metric_total{service="litellm"})',
    driven: ({ modelCalls }) => modelCalls,
  },
];

interface Measure {
  readonly what: string;
  readonly query: string;
  readonly driven: (totals: Totals) => number;
  /** Moved by others too, at all times. */
  readonly shared?: true;
}

export interface ReadPrometheus {
  readonly prometheusUrl: string;
  readonly signal: AbortSignal;
}

/** The value of each measure, in the order of the list; `undefined` where there is no series yet. */
export type Readings = readonly (number | undefined)[];

export interface Arrival {
  readonly what: string;
  /** By how much the load's own ledger says it must have moved. */
  readonly driven: number;
  /** By how much it has moved in Prometheus. */
  readonly arrived: number;
  /** More than `driven` is right as well, since others move it too. */
  readonly atLeast: boolean;
  readonly complete: boolean;
}

/** Seconds: an export, a collection, two scrapes, and room for a busy machine. */
const patience = 90;

/** Reads every measure before a load, once what moves at all times is there. Rejects naming what did not come. */
export async function baseline(prometheus: ReadPrometheus): Promise<Readings> {
  const absent = (readings: Readings) =>
    measures.filter(({ shared }, index) => shared && readings[index] === undefined);
  const readings = await readUntil(prometheus, (readings) => absent(readings).length === 0);
  const missing = absent(readings).map(({ what }) => what);
  if (missing.length === 0) return readings;
  throw new Error(`Prometheus had no value after ${patience} s for ${missing.join(', ')}`);
}

/** Waits until Prometheus has all of a load, or as long as patience lasts, and returns what it then has. */
export async function arrivals(
  options: ReadPrometheus & { readonly before: Readings; readonly ledger: Ledger },
): Promise<readonly Arrival[]> {
  const driven = totals(options.ledger);
  const compare = (readings: Readings) =>
    measures.map((measure, index): Arrival => {
      const amount = measure.driven(driven);
      const arrived = (readings[index] ?? 0) - (options.before[index] ?? 0);
      const atLeast = measure.shared === true;
      return {
        ...{ what: measure.what, driven: amount, arrived, atLeast },
        complete: atLeast ? arrived >= amount : arrived === amount,
      };
    });
  return compare(await readUntil(options, (readings) => compare(readings).every(({ complete }) => complete)));
}

async function readUntil(
  { prometheusUrl, signal }: ReadPrometheus,
  enough: (readings: Readings) => boolean,
): Promise<Readings> {
  const deadline = performance.now() + patience * 1000;
  const prometheus = new Prometheus({ url: prometheusUrl }, signal);
  for (;;) {
    const readings = await Promise.all(measures.map(({ query }) => prometheus.value(query)));
    if (enough(readings) || performance.now() > deadline) return readings;
    await delay(500, undefined, { signal });
  }
}
