// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { lineBudget, reporting } from '@onyx-metrics/otel/catalogue';

/** Every limit and objective: panels colour by them, alerts fire by them. */

/** Where a value becomes remarkable and where it becomes bad, in the unit of its signal. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** Share of a resource in use. */
export const saturation: Threshold = { warning: 0.8, critical: 0.9 };
/** Load of the last five minutes for each core. */
export const loadPerCore: Threshold = { warning: 1, critical: 2 };
/** Seconds since a service last reported: it has missed two reports, it counts as gone. */
export const freshness: Threshold = { warning: 3 * reporting.every, critical: reporting.silentAfter };

/** Alerts that fire. */
export const firing: Threshold = { warning: 1, critical: 3 };

/** Share of requests answered with a status of 500 or above, and of chats that fail. */
export const requestErrors: Threshold = { warning: 0.01, critical: 0.05 };
/** Share of the calls to a dependency that fail. */
export const callFailures: Threshold = { warning: 0.01, critical: 0.05 };
/** Time in the calls of one dependency, for each second of answering. */
export const waitingForCalls: Threshold = { warning: 0.5, critical: 0.9 };
/** Seconds a request takes, p95. */
export const requestLatency: Threshold = { warning: 2, critical: 5 };
/** Seconds a chat takes, p95; the buckets end at 5. */
export const chatLatency: Threshold = { warning: 2, critical: 5 };
/** Share of chats above the scale of their buckets, 5 s. */
export const chatsAboveScale: Threshold = { warning: 0.05, critical: 0.2 };
/** Latency against its own median of a week. */
export const latencyGrowth: Threshold = { warning: 1.5, critical: 2 };
/** Requests a second below which a mean or a share says nothing: thirty in ten minutes. */
export const minimumTraffic = 0.05;
/** The same of calls of models and of retrievals: one a minute, or one failure is a large share. */
export const minimumCalls = 0.015;
/** Minutes with traffic before there is a normal to compare with: six hours. */
export const minimumHistory = 360;

/** Share of chats that end well, over a week. */
export const chatObjective = 0.99;
/** How many times faster than allowed the error budget may burn: the week's budget would last 28 hours, and 12. */
export const burnRate: Threshold = { warning: 6, critical: 14.4 };
/** Share of the week's error budget that is left; low is bad. */
export const budgetLeft: Threshold = { warning: 0.5, critical: 0.1 };

/** Share of calls of models that fail. */
export const modelFailures: Threshold = { warning: 0.02, critical: 0.1 };
/** Share of calls of models that end well; low is bad. */
export const modelSuccess: Threshold = { warning: 1 - modelFailures.warning, critical: 1 - modelFailures.critical };
/** Seconds a call of a model takes, p95. */
export const modelLatency: Threshold = { warning: 5, critical: 10 };
/** Seconds to the first piece of a streamed answer, p95. */
export const firstChunk: Threshold = { warning: 0.5, critical: 1 };
/** US dollars an hour. */
export const spend: Threshold = { warning: 5, critical: 10 };
/** Share of the month's budget that is spent. */
export const budgetUsed: Threshold = { warning: 0.8, critical: 1 };
/** Share that a team or key has left of its budget, or of its calls and tokens a minute; low is bad. */
export const allowanceLeft: Threshold = { warning: 0.5, critical: 0.1 };
/** What an hour costs, against the same hour of the days before. */
export const spendGrowth: Threshold = { warning: 2, critical: 3 };
/** US dollars that an hour counts as at least when another one is compared with it: three times a cent is nothing. */
export const minimumSpend = 1;
/** Days before of which the hour must be known. */
export const minimumDays = 3;
/** Seconds a request waits in the proxy, on average. */
export const queueTime: Threshold = { warning: 0.1, critical: 0.5 };

/** Seconds a retrieval takes, p95; the buckets end at 1. */
export const retrievalLatency: Threshold = { warning: 0.2, critical: 0.5 };
/** Share of retrievals within 0.2 s; low is bad. */
export const quickRetrievals: Threshold = { warning: 0.95, critical: 0.8 };
/** Share of retrievals that find nothing. */
export const emptyRetrievals: Threshold = { warning: 0.2, critical: 0.5 };
/** Share of the known questions with the right document and answer. */
export const canaryRight: Threshold = { warning: 1, critical: 0.5 };
/** Seconds a search in Qdrant takes, p95. */
export const searchLatency: Threshold = { warning: 0.05, critical: 0.1 };

/** Share of background tasks that fail. */
export const taskFailures: Threshold = { warning: 0.1, critical: 0.3 };
/** Background tasks that wait. */
export const taskQueue: Threshold = { warning: 20, critical: 100 };
/** Share of the agents of a type that wait. */
export const waitingAgents: Threshold = { warning: 0.3, critical: 0.5 };
/** Seconds timers fire late, p99: nothing else of the process runs meanwhile. */
export const eventLoopDelay: Threshold = { warning: 0.05, critical: 0.2 };
/** Share of the time spent collecting garbage. */
export const garbage: Threshold = { warning: 0.05, critical: 0.15 };
/** HTTP requests in progress in one service; the first is remarkable only if there were half as many before. */
export const requestsInFlight: Threshold = { warning: 20, critical: 200 };
/** Share of reads that a cache answers; low is bad. */
export const cacheHits: Threshold = { warning: 0.95, critical: 0.8 };

/** Seconds until an endpoint has answered whole. */
export const responseTime: Threshold = { warning: 0.005, critical: 0.01 };
/** Lines that upstream's exporter, which renders for each scrape, writes within that on busy cores. */
export const upstreamLines = 1_000;
/** Seconds Prometheus takes for an endpoint, storing included: what it needs for all lines of one on a slow host, and a fifteenth of its time. */
export const scrapeTime: Threshold = { warning: 0.7, critical: 1 };
/** Lines of an endpoint: what the limits of our metrics add up to, and what is more than that can explain. */
export const lines: Threshold = { warning: lineBudget, critical: (11 * lineBudget) / 10 };
/**
 * Seconds a service takes to say its metrics to the collector: what the endpoints promise, and where its users notice, for LiteLLM and
 * Redis do nothing else meanwhile.
 */
export const collectionTime: Threshold = { warning: 0.01, critical: 0.25 };
/** Lines a service says: what fits into 10 ms of LiteLLM, the slowest of them, and what takes it 33 ms. */
export const collectionLines: Threshold = { warning: 300, critical: 1_000 };
/** Seconds until a board is drawn. */
export const boardLoad: Threshold = { warning: 1, critical: 2 };
/** Seconds a query of a board takes. */
export const queryTime: Threshold = { warning: 0.25, critical: 0.5 };
