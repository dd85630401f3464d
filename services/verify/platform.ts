// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import type { HttpEndpoint } from '../prometheus/http-endpoint.ts';
import { Prometheus, type Target } from '../prometheus/prometheus.ts';
import { shaped } from '../prometheus/shape.ts';
import { type Dashboards, openDashboards } from './dashboards.ts';
import { newestOverhead } from './newest-overhead.ts';
import type { Settings } from './settings-file.ts';

const alertmanagers = z.object({ activeAlertmanagers: z.array(z.object({ url: z.url() })) });

/** The platform that is judged: everything checks may ask, for as long as `signal` lets them. */
export class Platform {
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly prometheus: Prometheus;
  #targets: Promise<readonly Target[]> | undefined;
  #pushed: Promise<boolean> | undefined;
  #dashboards: Promise<Dashboards | { readonly absent: string }> | undefined;

  /** The newest committed result of the overhead benchmark, if there is one. */
  readonly benchmark: () => Promise<string | undefined>;

  constructor(settings: Settings, signal: AbortSignal, benchmark = newestOverhead) {
    this.settings = settings;
    this.signal = signal;
    this.benchmark = benchmark;
    this.prometheus = new Prometheus(settings.prometheus, signal);
  }

  /** What Prometheus scrapes, asked once. */
  targets(): Promise<readonly Target[]> {
    this.#targets ??= this.prometheus.targets();
    return this.#targets;
  }

  /** Whether gateways push what else would be scraped: no endpoint is a target, and they say that they are there. */
  pushed(): Promise<boolean> {
    this.#pushed ??= this.#arePushing();
    return this.#pushed;
  }

  async #arePushing(): Promise<boolean> {
    if ((await this.targets()).some(({ labels }) => labels.service !== undefined)) return false;
    return (await this.prometheus.query('onyx_collector_listening_seconds')).length > 0;
  }

  /** The Alertmanager that Prometheus sends to, if there is one. */
  async activeAlertmanager(): Promise<HttpEndpoint | undefined> {
    const said = await this.prometheus.ask('alertmanagers');
    const [active] = shaped(alertmanagers, said, 'Prometheus (alertmanagers)').activeAlertmanagers;
    return active && { url: new URL(active.url).origin };
  }

  /** Where people look at the boards, or why they cannot. Asked once. */
  dashboards(): Promise<Dashboards | { readonly absent: string }> {
    const { grafana } = this.settings;
    this.#dashboards ??=
      grafana === undefined
        ? Promise.resolve({ absent: 'no Grafana was named (--grafana)' })
        : openDashboards(grafana, this.signal).catch(({ message }: Error) => ({ absent: message }));
    return this.#dashboards;
  }

  /** The collector's endpoints, by service, where they are reached from here. */
  async endpoints(): Promise<ReadonlyMap<string, string>> {
    const { url } = this.settings.collector;
    const found = (await this.targets()).flatMap(({ labels, scrapeUrl }) => {
      if (labels.service === undefined) return [];
      const address = new URL(scrapeUrl);
      if (url !== undefined) address.hostname = new URL(url).hostname;
      return [[labels.service, address.href] as const];
    });
    return new Map(found);
  }
}
