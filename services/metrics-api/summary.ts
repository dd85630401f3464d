// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import type { Sample } from './recorded-series.ts';

export const summarySeries = [
  'onyx:chats:rate1m',
  'onyx:chat_failures:ratio5m',
  'onyx:chat_duration_seconds:p95_5m',
  'onyx:chat_error_budget:ratio7d',
  'onyx:http_requests:rate5m',
  'onyx:http_failures:ratio5m',
  'onyx:latency_seconds:mean10m',
  'onyx:rag_retrieval_duration_seconds:p95_5m',
] as const;
type Series = (typeof summarySeries)[number];

/** Golden signals. A number is null where nothing happened that it could be of. */
export interface Summary {
  readonly chats: {
    /** Over the last minute. */
    readonly per_second: number | null;
    /** Over five minutes, 0 to 1. */
    readonly failure_ratio: number | null;
    /** Over five minutes; 5 stands for 5 or more, where the histogram ends. */
    readonly p95_seconds: number | null;
    /** What is left of the failures a week may have: 1 all, 0 none, negative overdrawn. */
    readonly error_budget_ratio: number | null;
  };
  readonly retrieval: {
    /** Over five minutes; 1 stands for 1 or more. */
    readonly p95_seconds: number | null;
  };
  /** Of each service whose HTTP server is measured, without health checks. */
  readonly http: readonly {
    readonly service: string;
    /** Over five minutes. */
    readonly requests_per_second: number | null;
    /** Answers of 500 and above, over five minutes, 0 to 1. */
    readonly failure_ratio: number | null;
    /** Over ten minutes with at least thirty requests. */
    readonly mean_seconds: number | null;
  }[];
}

export function summary(samples: readonly Sample[]): Summary {
  const all = (series: Series) => samples.filter(({ name }) => name === series);
  const one = (series: Series, service?: string) =>
    all(series).find(({ labels }) => labels.service === service)?.value ?? null;
  const chats = all('onyx:chats:rate1m').map(({ value }) => value);
  const servers = [...new Set(all('onyx:http_requests:rate5m').map(({ labels }) => labels.service ?? ''))].sort();
  return {
    chats: {
      per_second: chats.length === 0 ? null : chats.reduce((sum, value) => sum + value, 0),
      failure_ratio: one('onyx:chat_failures:ratio5m'),
      p95_seconds: one('onyx:chat_duration_seconds:p95_5m'),
      error_budget_ratio: one('onyx:chat_error_budget:ratio7d'),
    },
    retrieval: { p95_seconds: one('onyx:rag_retrieval_duration_seconds:p95_5m') },
    http: servers.map((service) => ({
      service,
      requests_per_second: one('onyx:http_requests:rate5m', service),
      failure_ratio: one('onyx:http_failures:ratio5m', service),
      mean_seconds: one('onyx:latency_seconds:mean10m', service),
    })),
  };
}
