// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { Redis } from 'ioredis';
import { describe } from '../http/refusal.ts';
import { serve } from '../http/serve.ts';
import { metricsApi } from '../metrics-api/router.ts';
import { Agents } from './agents.ts';
import { createApp } from './app.ts';
import { Chats } from './chat.ts';
import { Completions } from './completion.ts';
import { documents } from './documents.ts';
import { readSettings } from './environment.ts';
import { DocumentVectors } from './qdrant.ts';
import { Store } from './store.ts';
import { Tasks } from './tasks.ts';

const { address, postgres, redis: redisSettings, qdrant, litellm, metricsApi: metricsApiOptions } = readSettings();
const failed = (what: string) => (error: unknown) => process.stderr.write(`${what} failed: ${describe(error)}\n`);

const store = new Store(postgres, failed('Postgres connection'));
const redis = new Redis({ ...redisSettings, maxRetriesPerRequest: 1 }).on('error', failed('Redis connection'));
const vectors = new DocumentVectors(qdrant);
const tasks = new Tasks(redis, store);
const agents = new Agents(redis);
const chats = new Chats(vectors, new Completions(litellm), store);

const dependencies: Readonly<Record<string, () => Promise<unknown>>> = {
  Postgres: () => store.ping(),
  Redis: () => redis.ping(),
  Qdrant: () => answers(`${qdrant.url}/readyz`),
  LiteLLM: () => answers(`${litellm.url}/health/liveliness`),
};

await Promise.all([store.seed(documents), vectors.seed(documents), agents.clear()]);
await store.markIndexed();
tasks.start(failed('Task worker'));
const app = createApp({ chats, tasks, agents, store, healthy, metricsApi: metricsApi(metricsApiOptions) });
await serve('Onyx', app, address, async () => {
  await tasks.stop();
  await agents.stopAll();
  redis.disconnect();
  await store.close();
});

async function healthy(): Promise<void> {
  await Promise.all(
    Object.entries(dependencies).map(async ([name, ask]) => {
      try {
        await ask();
      } catch (error) {
        throw new Error(`${name} does not answer: ${describe(error)}`);
      }
    }),
  );
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  // To its end: a call that is left before counts as aborted.
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`status ${response.status}`);
}
