// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const qdrantMetrics = `\
# TYPE collections_total gauge
collections_total 2
# TYPE collection_points gauge
collection_points{id="documents"} 120
# TYPE rest_responses_total counter
rest_responses_total{method="POST",endpoint="/collections/{collection_name}/points/query",status="200"} 7
# TYPE rest_responses_duration_seconds histogram
rest_responses_duration_seconds_bucket{method="POST",endpoint="/x",status="200",le="0.001"} 3
rest_responses_duration_seconds_bucket{method="POST",endpoint="/x",status="200",le="+Inf"} 7
rest_responses_duration_seconds_sum{method="POST",endpoint="/x",status="200"} 0.02
rest_responses_duration_seconds_count{method="POST",endpoint="/x",status="200"} 7
`;

const litellmMetrics = readFileSync(new URL('../fixtures/litellm-metrics.txt', import.meta.url), 'utf8');

/** What the collector must not read: the interpreter's own, creation times, budgets of people, and here all limits, for there are none. */
export const unread = /^python_|_created$|^litellm_remaining_/;

/** Labels that name a person, a key, an address, or who they belong to; `api_base` and `model_id` may hold one. */
const personal =
  /^(api_base|api_key_alias|client_ip|end_user|hashed_api_key|model_id|org_alias|org_id|route|team|team_alias|user|user_agent|user_email)$/;

/** What `sha256sum | cut -c1-12` prints. */
export const pseudonym = (id: string) => createHash('sha256').update(id).digest('hex').slice(0, 12);

/** Samples of a text exposition, by name and labels. */
export function samples(text: string): [name: string, labels: Record<string, string>, value: number][] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', labels = '', value]) => [
    name,
    Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, label]) => [key, label])),
    Number(value),
  ]);
}

/** A series with its labels in order and a boundary as a number: `1` here is `1.0` there. */
export const identity = (name: string, { le, ...labels }: Readonly<Record<string, string>>) =>
  JSON.stringify([name, Object.entries({ ...labels, ...(le && { le: String(Number(le)) }) }).sort()]);

/**
 * What must be left of the metrics of a target: every name, without labels that are personal, and what those told apart as its sum or, of
 * a gauge, its highest value.
 */
export function expected(target: 'qdrant' | 'litellm'): Map<string, number> {
  const text = target === 'qdrant' ? qdrantMetrics : litellmMetrics;
  const gauges = new Set([...text.matchAll(/^# TYPE (\w+) gauge$/gm)].map(([, name]) => name));
  const left = new Map<string, number>();
  for (const [name, labels, value] of samples(text)) {
    if (unread.test(name)) continue;
    const kept = Object.fromEntries(Object.entries(labels).filter(([label]) => !personal.test(label)));
    if (name.startsWith('litellm_spend_') && labels.team) kept.team_hash = `t_${pseudonym(labels.team)}`;
    const series = identity(name, kept);
    const before = left.get(series);
    left.set(series, before === undefined ? value : gauges.has(name) ? Math.max(before, value) : before + value);
  }
  return left;
}

/** A server that shows its metrics only on the path and with the header the real one asks for. */
async function serve(path: string, header: string, value: string, metrics: string): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.url === path && request.headers[header] === value;
    response.writeHead(known ? 200 : 401, { 'content-type': 'text/plain; version=0.0.4' }).end(known ? metrics : '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

const address = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Servers with the metrics of Qdrant and of LiteLLM, and the variables that point a collector at them. */
export async function startTargets() {
  const qdrant = await serve('/metrics', 'api-key', 'key-of-qdrant', qdrantMetrics);
  const litellm = await serve('/metrics/', 'authorization', 'Bearer key-of-litellm', litellmMetrics);
  return {
    qdrant,
    litellm,
    variables: { ONYX_QDRANT_TARGET: address(qdrant), ONYX_LITELLM_TARGET: address(litellm) },
    stop() {
      qdrant.close();
      litellm.close();
    },
  };
}
