// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { createHash, timingSafeEqual } from 'node:crypto';
import { type RequestHandler, type Response, Router } from 'express';
import { health, healthSeries } from './health.ts';
import { RecordedSeries, type Sample, Unanswered } from './recorded-series.ts';
import { summary, summarySeries } from './summary.ts';

export interface MetricsApiOptions {
  /** Where recorded series are read from, and with which name and password. */
  readonly prometheus: { readonly url: string; readonly username?: string; readonly password?: string };
  /** What callers must present as basic auth. */
  readonly username: string;
  readonly password: string;
  /** Seconds that numbers are kept; default 5. */
  readonly cache?: number;
  /** Seconds that Prometheus may take; default 2. */
  readonly timeout?: number;
}

/**
 * `GET /health` and `GET /summary` as openapi.yaml describes them, to be mounted at `/api/metrics`. They read recorded `onyx:*`
 * series only, so that an answer costs Prometheus next to nothing. 401 without credentials, 503 and 504 when Prometheus
 * is away or slow.
 */
export function metricsApi({ prometheus, username, password, cache = 5, timeout = 2 }: MetricsApiOptions): Router {
  const recorded = new RecordedSeries([...healthSeries, ...summarySeries], { ...prometheus, cache, timeout });

  const from =
    (view: (samples: readonly Sample[]) => object): RequestHandler =>
    async (_req, res) => {
      try {
        res.set('cache-control', 'no-store').json(view(await recorded.read()));
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        res.status(error.status).json({ error: error.message });
      }
    };

  return Router().use(authenticated(username, password)).get('/health', from(health)).get('/summary', from(summary));
}

/** Compares digests: they are of one length, and say nothing of how much of a guess was right. */
function authenticated(username: string, password: string): RequestHandler {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  return (req, res, next) => {
    if (timingSafeEqual(digest(req.headers.authorization ?? ''), expected)) next();
    else refuse(res);
  };
}

function refuse(res: Response): void {
  res.status(401).set('www-authenticate', 'Basic realm="metrics"').json({ error: 'credentials are missing or wrong' });
}
