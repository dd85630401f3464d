// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Moment } from './emptiness.ts';
import type { Platform } from './platform.ts';

/** Seconds boards look back. */
const span = 3600;
/** Seconds between two scrapes as Grafana's data source is told; rates over less would be of too few samples. */
const usualScrape = 15;

/** Now, and how Grafana's own arithmetic divides the last hour, with the narrowest window. */
export async function momentOf(platform: Platform): Promise<Moment> {
  const { prometheus, settings } = platform;
  const step = Math.max(usualScrape, settings.scrapeSeconds);
  const turns = (await prometheus.ruleGroups()).map(({ interval }) => interval);
  return {
    now: Math.floor(Date.now() / 1000),
    ...{ span, step, rate: 4 * step },
    lag: Math.max(0, ...turns) + usualScrape,
    isPrometheus: (await prometheus.flags()) !== undefined,
    pulled: (await platform.targets()).some(({ labels }) => labels.service !== undefined),
  };
}
