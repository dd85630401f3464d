// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Dashboard } from './dashboard.ts';

/** Everything the server knows of its boards. */
export interface Site {
  readonly boards: readonly Dashboard[];
  /** Seconds between two scrapes. */
  readonly scrapeSeconds: number;
  readonly user: string;
  readonly isDefaultLogin: boolean;
}

export const readSite = () => get<Site>('/api/boards');

/** The `data` of Prometheus' answer. Rejects with Prometheus' own words when it refuses. */
export async function askPrometheus<Data>(
  path: string,
  parameters: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<Data> {
  const search = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  return (await get<{ data: Data }>(`/api/prometheus/api/v1/${path}?${search}`, signal)).data;
}

async function get<Answer>(url: string, signal: AbortSignal | null = null): Promise<Answer> {
  const response = await fetch(url, { signal });
  if (response.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    // The page is about to be left; nothing more should happen on it.
    return new Promise(() => {});
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `the server answered ${response.status}`);
  return answer;
}
