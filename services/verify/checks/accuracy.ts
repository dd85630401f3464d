// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { ask, credentials } from '../../prometheus/http-endpoint.ts';
import { type Check, type Finding, fail, pass, unchecked } from '../check.ts';
import type { Platform } from '../platform.ts';
import { sixAtOnce } from '../six-at-once.ts';

const chats = 20;
/** Scrapes until a count is there at the latest. */
const patience = 8;
/** Scrapes in which whatever is on its way has arrived: one for an export, one for itself. */
const settling = 2;

/** Raw counts: `increase()` extrapolates. */
const measures = {
  onyx_chat_duration_seconds: 'sum(onyx_chat_duration_seconds_count{service="suna"})',
  'requests that Suna answered':
    'sum(http_server_request_duration_seconds_count{service="suna", http_route="/api/chat", http_request_method="POST"})',
  onyx_rag_retrieval_duration_seconds: 'sum(onyx_rag_retrieval_duration_seconds_count{service="onyx"})',
} as const;
type Measure = keyof typeof measures;

export const accuracy: Check = {
  id: 'accuracy',
  criterion: 'accuracy',
  promise: `Of ${chats} chats that are sent, Prometheus finds exactly ${chats}`,
  onRequest: true,
  async run(platform) {
    const { suna } = platform.settings;
    if (suna === undefined) return [unchecked('chats', 'no Suna was named (--suna)')];
    // Once a minute it would be one too many.
    if ((await platform.prometheus.value('max(onyx_canary_expected)')) === 1)
      return [unchecked('chats', 'the canary asks meanwhile: switch it off with ONYX_CANARY=0')];
    const before = await readAll(platform);
    await pause(platform, settling);
    const still = await readAll(platform);
    const moved = names.filter((name) => before[name] !== still[name]);
    if (moved.length > 0) {
      const counts = moved.map((name) => `${name} went from ${before[name]} to ${still[name]}`).join(', ');
      return [unchecked('chats', `others chat meanwhile, npm start without --no-load for one: ${counts}`)];
    }
    const statuses = await sixAtOnce([...Array(chats).keys()], async (index) => chat(platform, suna, index));
    const refused = statuses.filter((status) => status >= 400 && status < 500);
    if (refused.length > 0) return [unchecked('chats', `${suna.url}/api/chat answers ${refused[0]}`)];
    let found = await readAll(platform);
    const isThere = () => names.every((name) => found[name] - before[name] >= chats);
    for (let waited = 0; waited < patience && !isThere(); waited += 0.5) {
      await pause(platform, 0.5);
      found = await readAll(platform);
    }
    // One too many comes later.
    await pause(platform, settling);
    found = await readAll(platform);
    return names.map((name) => judge(name, found[name] - before[name]));
  },
};

const names = Object.keys(measures) as Measure[];

async function readAll({ prometheus }: Platform): Promise<Record<Measure, number>> {
  const values = await Promise.all(names.map(async (name) => [name, (await prometheus.value(measures[name])) ?? 0]));
  return Object.fromEntries(values);
}

async function pause({ settings, signal }: Platform, scrapes: number): Promise<void> {
  await delay(scrapes * settings.scrapeSeconds * 1000, undefined, { signal });
}

/** Asks in words that need no user: it has no pseudonym. */
async function chat(
  { signal }: Platform,
  suna: NonNullable<Platform['settings']['suna']>,
  index: number,
): Promise<number> {
  const body = {
    message: `onyx-verify asks ${index}`,
    user_id: 'onyx-verify',
    model: 'mock-fast',
    stream: false,
    vector_count: 3,
  };
  const response = await ask(`${suna.url}/api/chat`, signal, {
    method: 'POST',
    headers: { ...credentials(suna), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

function judge(name: Measure, found: number): Finding {
  if (found === chats) return pass(name, `${found} of ${chats}`);
  return fail(name, {
    expected: `${chats} more`,
    seen: `${found} more`,
    cause:
      found > chats
        ? 'two views or two senders count the same thing'
        : 'exports are lost between the service and Prometheus',
    change: found > chats ? 'otel/src/sdk/views.ts, or a second preload' : 'docs/runbooks/collector.md',
  });
}
