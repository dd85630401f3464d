// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Engine } from './engine.ts';

/** A busy machine needs two collections, two scrapes and the start of six services. */
export const soon = { timeout: 180_000, interval: 1000 };

/** Asks until the answer is the right one, for tests that run at the same time and for benchmarks; rejects with the last answer. */
export async function until<T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<void> {
  const deadline = performance.now() + soon.timeout;
  for (;;) {
    const answer = await ask();
    if (right(answer)) return;
    if (performance.now() > deadline) throw new Error(`after ${soon.timeout / 1000} s still ${JSON.stringify(answer)}`);
    await delay(soon.interval);
  }
}

/** The services that must be up. */
export const six = ['litellm', 'onyx', 'qdrant', 'redis', 'suna', 'supabase'];

/** One sample of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** A project with the overlay, seen from the machine it runs on: by its published ports and its secrets. */
export class Overlaid {
  readonly #engine: Engine;
  readonly #secrets: string;
  readonly #ports: { readonly prometheus: number; readonly alertmanager: number; readonly grafana: number };

  constructor(engine: Engine, secrets: string, ports = { prometheus: 9090, alertmanager: 9093, grafana: 3001 }) {
    this.#engine = engine;
    this.#secrets = secrets;
    this.#ports = ports;
  }

  secret(name: string): Promise<string> {
    return readFile(path.join(this.#secrets, name), 'utf8');
  }

  /** Asks one of the three published services, as the user `admin` with the password of the file. */
  async ask(
    of: 'prometheus' | 'alertmanager' | 'grafana',
    asked: string,
    args: readonly string[] = [],
  ): Promise<Answer> {
    const password = await this.secret(of === 'grafana' ? 'grafana_admin_password' : 'prometheus_password');
    return this.#engine.http(`http://localhost:${this.#ports[of]}${asked}`, { credentials: `admin:${password}`, args });
  }

  async #result<T>(expression: string): Promise<T[]> {
    const args = ['--get', '--data-urlencode', `query=${expression}`];
    const { status, body } = await this.ask('prometheus', '/api/v1/query', args);
    return status === 200 ? (JSON.parse(body) as { data: { result: T[] } }).data.result : [];
  }

  /** Samples of an instant query; none while Prometheus does not answer. */
  query(expression: string): Promise<Sample[]> {
    return this.#result(expression);
  }

  /** What counters of a selector have counted in two hours; where one falls, its process began again at zero. */
  async counted(selector: string): Promise<number> {
    const counters = await this.#result<{ readonly values: readonly Sample['value'][] }>(`${selector}[2h]`);
    let sum = 0;
    for (const { values } of counters) {
      let before = 0;
      for (const now of values.map(([, value]) => Number(value))) {
        sum += now < before ? now : now - before;
        before = now;
      }
    }
    return sum;
  }

  /** The number that an expression is, if it is one. */
  async value(expression: string): Promise<number | undefined> {
    const [sample] = await this.query(expression);
    return sample && Number(sample.value[1]);
  }

  /** The core services that are up by what was judged after a moment (seconds since the epoch), by name. */
  async up(since: number): Promise<string[]> {
    const samples = await this.query(`onyx:service_up == 1 and timestamp(onyx:service_up) > ${since}`);
    return samples.map(({ metric }) => metric.service ?? '').sort();
  }

  /** Resolves when these services are up, and no other; rejects with those that are when that takes too long. */
  async areUp(names: readonly string[] = six): Promise<void> {
    // What Prometheus remembers of before a fault says nothing of after it.
    const since = Date.now() / 1000;
    await until(
      async () => ({
        up: await this.up(since),
        judged: await this.value(`count(timestamp(onyx:service_up) > ${since})`),
      }),
      ({ up, judged }) => up.join() === names.join() && (judged !== undefined || names.length === 0),
    );
  }

  /** The services for which an alert is pending or fires, by name. */
  async alerts(name: string): Promise<string[]> {
    const samples = await this.query(`ALERTS{alertname="${name}"}`);
    return [...new Set(samples.map(({ metric }) => metric.service ?? ''))].sort();
  }

  /** Tells Alertmanager to say nothing of an alert for an hour; returns the id of this silence. Rejects with the answer if it is refused. */
  async silence(alertname: string): Promise<string> {
    const hour = 3_600_000;
    const silence = {
      matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + hour).toISOString(),
      createdBy: 'test',
      comment: 'kept',
    };
    const args = ['-H', 'content-type: application/json', '-d', JSON.stringify(silence)];
    const { status, body } = await this.ask('alertmanager', '/api/v2/silences', args);
    if (status !== 200) throw new Error(`Alertmanager refused a silence (${status}): ${body}`);
    return (JSON.parse(body) as { silenceID: string }).silenceID;
  }

  /** Resolves when Alertmanager knows a silence. */
  hasSilence(id: string): Promise<void> {
    return until(
      () => this.ask('alertmanager', `/api/v2/silence/${id}`),
      ({ status }) => status === 200,
    );
  }
}
