// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { task } from '@onyx-metrics/otel';
import type { Redis } from 'ioredis';
import type { TaskRequest } from './requests.ts';
import type { Store } from './store.ts';

/** What a task takes for each item: a stand-in for its work. */
export const taskSecondsPerItem = 0.05;

const key = 'onyx:tasks';
const concurrency = 8;

interface QueuedTask extends TaskRequest {
  readonly id: string;
}

/** Background tasks: a Redis list as the queue, and a worker in this process that takes several at a time. */
export class Tasks {
  readonly #redis: Redis;
  readonly #store: Store;
  /** A connection that waits for the next task can do nothing else. */
  readonly #waiting: Redis;
  readonly #running = new Set<Promise<void>>();
  #worker: Promise<void> | undefined;
  #stopping = false;

  constructor(redis: Redis, store: Store) {
    this.#redis = redis;
    this.#store = store;
    this.#waiting = redis.duplicate();
  }

  /** Queues a task and returns its id. */
  async submit(request: TaskRequest): Promise<string> {
    const id = randomUUID();
    await this.#store.startTask(id, request);
    await this.#redis.lpush(key, JSON.stringify({ id, ...request } satisfies QueuedTask));
    return id;
  }

  /** @param failed is told what went wrong in the worker, which goes on. */
  start(failed: (error: unknown) => void): void {
    this.#worker = this.#work(failed);
  }

  /** Takes no further task; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#waiting.disconnect();
    await this.#worker;
    await Promise.all(this.#running);
  }

  async #work(failed: (error: unknown) => void): Promise<void> {
    while (!this.#stopping) {
      try {
        if (this.#running.size >= concurrency) await Promise.race(this.#running);
        const taken = await this.#waiting.brpop(key, 0);
        if (taken === null) continue;
        const run = this.#run(JSON.parse(taken[1]) as QueuedTask)
          .catch(failed)
          .finally(() => this.#running.delete(run));
        this.#running.add(run);
      } catch (error) {
        if (this.#stopping) return;
        failed(error);
        await setTimeout(1000);
      }
    }
  }

  async #run({ id, task_type, items }: QueuedTask): Promise<void> {
    const start = performance.now();
    await setTimeout(items * taskSecondsPerItem * 1000);
    const success = items > 0;
    const seconds = (performance.now() - start) / 1000;
    await this.#store.endTask(id, success, seconds);
    task.record(seconds, { taskType: task_type, success });
  }
}
