// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { catalogue } from '../../otel/src/catalogue/catalogue.ts';
import { counter, histogram, instance, send } from '../collector/helpers/otlp.ts';

const chats = catalogue.onyx_chat_duration_seconds;
const models = ['gpt-4o', 'mock-fast', 'mock-large'];
const users = Array.from({ length: 5 }, (_, index) => `u_00000000000${index}`);
/** Senders of each service. */
const instances = 2;

/** Senders that chat and run tasks until told to stop, each exporting totals as the preload does, and what they counted. */
export class Senders {
  /** What all of them together have counted and somebody was told of, by metric. */
  readonly counted = { chats: 0, tasks: 0 };
  /** Exports that nobody took; the next one brings all of it. */
  refused = 0;
  readonly #all: Promise<void>[];
  #stopping = false;

  /** @param seconds between two exports */
  constructor(url: string, seconds: number) {
    const start = Date.now();
    this.#all = ['suna', 'onyx'].flatMap((service) =>
      Array.from({ length: instances }, (_, index) =>
        this.#run(url, { service, instance: instance(index) }, start, seconds),
      ),
    );
  }

  /** Resolves when the last export of each has been taken. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#all);
  }

  async #run(url: string, sender: Parameters<typeof send>[1], start: number, seconds: number): Promise<void> {
    const buckets = new Map<string, number[]>();
    let tasks = 0;
    const record = () => {
      const [model, user] = [models, users].map((from) => from[Math.floor(Math.random() * from.length)]);
      const key = JSON.stringify({ model, user_id: user, success: true });
      const counts = buckets.get(key) ?? [...chats.boundaries, 0].map(() => 0);
      const bucket = Math.floor(Math.random() * counts.length);
      counts[bucket] = (counts[bucket] as number) + 1;
      buckets.set(key, counts);
      this.counted.chats += 1;
      if (sender.service === 'onyx' && Math.random() < 0.3) {
        tasks += 1;
        this.counted.tasks += 1;
      }
    };
    const points = () => [...buckets].map(([key, counts]) => ({ attributes: JSON.parse(key), counts, sum: 1, start }));
    const attributes = { task_type: 'ingest', success: true, duration_category: 'fast' };
    for (let taken = false; !this.#stopping || !taken; ) {
      if (!this.#stopping) for (let call = 0; call < 5; call += 1) record();
      const metrics = [
        histogram('onyx_chat_duration_seconds', chats.boundaries, points()),
        ...(sender.service === 'onyx'
          ? [counter('onyx_task_completion_total', [{ attributes, value: tasks, start }])]
          : []),
      ];
      taken = (await send(url, sender, metrics).catch(() => 0)) === 200;
      if (!taken) this.refused += 1;
      await setTimeout(seconds * 1000);
    }
  }
}
