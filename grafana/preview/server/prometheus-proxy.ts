// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import express, { type Request, type Response, type Router } from 'express';

/** What may be asked, and the parameters each question takes; everything else of Prometheus stays out of reach. */
const questions = {
  '/query': ['query', 'time'],
  '/query_range': ['query', 'start', 'end', 'step'],
  '/series': ['match[]', 'start', 'end', 'limit'],
  '/labels': ['match[]', 'start', 'end', 'limit'],
  '/label/:name/values': ['match[]', 'start', 'end', 'limit'],
} as const;

const longestQuery = 8_000;
/** Seconds Prometheus may compute. */
const timeout = 10;

/** Passes reading questions on to Prometheus: never a header, a body, a path or a parameter of the client's own making. */
export function prometheusProxy(prometheusUrl: string): Router {
  const router = express.Router();
  for (const [path, parameters] of Object.entries(questions)) {
    router.get(path, async (request, response) => {
      await ask(prometheusUrl, path, parameters, request, response);
    });
  }
  return router;
}

async function ask(base: string, path: string, allowed: readonly string[], request: Request, response: Response) {
  const asked = new URL(request.originalUrl, 'http://preview').searchParams;
  const refuse = (status: number, error: string) => response.status(status).json({ status: 'error', error });
  const unknown = [...asked.keys()].find((name) => !allowed.includes(name));
  if (unknown !== undefined) return refuse(400, `the parameter ${unknown} is not passed on`);
  if (asked.toString().length > longestQuery) return refuse(414, `a query is at most ${longestQuery} characters long`);
  const label = request.params.name;
  if (label !== undefined && !/^[a-zA-Z_]\w*$/.test(String(label))) return refuse(400, 'this is no name of a label');

  const url = new URL(`/api/v1${path.replace(':name', String(label))}`, base);
  for (const [name, value] of asked) url.searchParams.append(name, value);
  url.searchParams.set('timeout', `${timeout}s`);
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout((timeout + 5) * 1000)]);
  let answer: globalThis.Response;
  try {
    answer = await fetch(url, { redirect: 'error', signal });
  } catch {
    return refuse(502, 'Prometheus cannot be reached');
  }
  response.status(answer.status).type('application/json');
  // Closed by the browser while Prometheus still answers: there is no client left to tell.
  if (answer.body) await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => undefined);
  else response.end();
}
