// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { ask, basic, type HttpEndpoint } from '../prometheus/http-endpoint.ts';
import { type Asker, asker } from '../prometheus/prometheus.ts';
import { shaped } from '../prometheus/shape.ts';

const target = z.object({ expr: z.string().optional() });
const panel = z.object({
  targets: z.array(target).optional(),
  panels: z.array(z.object({ targets: z.array(target).optional() })).optional(),
});
const board = z.object({
  uid: z.string(),
  title: z.string(),
  refresh: z.union([z.string(), z.boolean()]).optional(),
  panels: z.array(panel).default([]),
});
export type ShownBoard = z.infer<typeof board>;

/** Where people look at the boards. */
export interface Dashboards {
  readonly kind: 'grafana' | 'preview';
  /** What is shown under the uid, if anything. */
  board(uid: string): Promise<ShownBoard | undefined>;
  /** Asks Prometheus on the way panels do. */
  readonly ask: Asker;
}

/** Tells Grafana, which tells everybody how its database is, from the preview. */
export async function kindOf({ url }: HttpEndpoint, signal: AbortSignal): Promise<Dashboards['kind']> {
  const body = await (await ask(`${url}/api/health`, signal)).text();
  return body.includes('"database"') ? 'grafana' : 'preview';
}

/** Rejects when it cannot be reached or does not let in who asks. */
export async function openDashboards(place: HttpEndpoint, signal: AbortSignal): Promise<Dashboards> {
  return (await kindOf(place, signal)) === 'grafana' ? openGrafana(place, signal) : openPreview(place, signal);
}

async function openGrafana({ url, user = '', password = '' }: HttpEndpoint, signal: AbortSignal): Promise<Dashboards> {
  const headers = { authorization: basic(`${user}:${password}`) };
  const { status } = await ask(`${url}/api/search?limit=1`, signal, { headers });
  if (status !== 200) throw refused(url, user, status);
  return {
    kind: 'grafana',
    async board(uid) {
      const response = await ask(`${url}/api/dashboards/uid/${uid}`, signal, { headers });
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`${url} answered ${response.status} when asked for the board ${uid}`);
      return shaped(z.object({ dashboard: board }), await response.json(), `${url} (board ${uid})`).dashboard;
    },
    ask: asker(`${url}/api/datasources/proxy/uid/prometheus/api/v1`, headers, signal),
  };
}

async function openPreview(place: HttpEndpoint, signal: AbortSignal): Promise<Dashboards> {
  const headers = { cookie: await logIn(place, signal) };
  const { url } = place;
  const response = await ask(`${url}/api/boards`, signal, { headers });
  if (!response.ok) throw new Error(`${url}/api/boards answered ${response.status}`);
  const { boards } = shaped(z.object({ boards: z.array(board) }), await response.json(), `${url}/api/boards`);
  return {
    kind: 'preview',
    board: async (uid) => boards.find((each) => each.uid === uid),
    ask: asker(`${url}/api/prometheus/api/v1`, headers, signal),
  };
}

async function logIn({ url, user = '', password = '' }: HttpEndpoint, signal: AbortSignal): Promise<string> {
  const response = await tryPreviewLogin(url, user, password, signal);
  const [cookie] = (response.headers.get('set-cookie') ?? '').split(';');
  if (response.status === 303 && cookie) return cookie;
  throw response.status === 429
    ? new Error(`${url} refuses every login for a minute after failed ones`)
    : refused(url, user, response.status);
}

function refused(url: string, user: string, status: number): Error {
  return new Error(`${url} does not let in the user ${user} with the password given (${status})`);
}

export function tryPreviewLogin(url: string, user: string, password: string, signal: AbortSignal): Promise<Response> {
  return ask(`${url}/login`, signal, { method: 'POST', body: new URLSearchParams({ user, password }) });
}
