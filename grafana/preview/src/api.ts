// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Dashboard } from './dashboard.ts';

export interface Site {
  readonly boards: readonly Dashboard[];
  /** Seconds between two scrapes. */
  readonly scrapeSeconds: number;
  readonly user: string;
  readonly isDefaultLogin: boolean;
}

export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Everything the server knows of its boards. */
export async function readSite(): Promise<Site> {
  return (await get('/api/boards')) as Site;
}

/** The `data` of Prometheus' answer. Rejects with Prometheus' own words when it refuses. */
export async function askPrometheus(path: string, parameters: Parameters, signal?: AbortSignal): Promise<unknown> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  const answer = (await get(`/api/prometheus/api/v1/${path}?${search}`, signal)) as { data: unknown };
  return answer.data;
}

async function get(url: string, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(url, signal ? { signal } : {});
  if (response.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    // The page is about to be left; nothing more should happen on it.
    return new Promise(() => {});
  }
  const answer = (await response.json().catch(() => ({}))) as { status?: string; error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the server answered ${response.status}`);
  return answer;
}
