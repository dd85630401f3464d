// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refusal } from '../../services/http/refusal.ts';
import { canaryQuestion, litellmProxy } from '../../services/native/stack/platform.ts';
import { Completions } from '../../services/onyx/completion.ts';
import { type PythonService, startPython } from './python-service.ts';

const config = fileURLToPath(new URL('../../services/litellm/config.yaml', import.meta.url));
const key = `sk-${randomBytes(24).toString('hex')}`;
const answer = 'A mock model wrote this.';
let url: string;
let litellm: PythonService;
let completions: Completions;

function prompt(model: string) {
  return { model, message: 'Why?', hits: [], signal: AbortSignal.timeout(30_000) };
}

async function metrics(): Promise<string[]> {
  const response = await fetch(`${url}/metrics/`, { headers: { authorization: `Bearer ${key}` } });
  return (await response.text()).split('\n');
}

beforeAll(async () => {
  const port = await getPort();
  url = `http://127.0.0.1:${port}`;
  completions = new Completions({ url, key });
  litellm = await startPython(
    [...litellmProxy, '--config', config, '--host', '127.0.0.1', '--port', String(port)],
    `${url}/health/readiness`,
    { LITELLM_MASTER_KEY: key, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
  );
}, 240_000);

afterAll(() => litellm?.stop());

test('a model answers after its delay, whole or in pieces', async () => {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const whole = completions.answer(prompt('mock-research')).then((text) => ({ text, seconds: seconds() }));
  const pieces: string[] = [];
  for await (const piece of completions.stream(prompt('mock-research'))) pieces.push(piece);

  expect(await whole).toEqual({ text: answer, seconds: expect.any(Number) });
  expect((await whole).seconds).toBeGreaterThan(5.5);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe(answer);
});

test('the model of the canary answers from its documents, whole or in pieces', async () => {
  const given = { ...prompt('canary'), hits: [168, 7].map((id) => ({ id, score: 0.5 })) };
  const pieces: string[] = [];
  for await (const piece of completions.stream(given)) pieces.push(piece);
  expect(await completions.answer(given)).toMatch(new RegExp(canaryQuestion.ONYX_CANARY_ANSWER));
  expect(pieces.join('')).toBe('Answer from documents 168, 7.');
  const another = { ...given, hits: [7, 168].map((id) => ({ id, score: 0.5 })) };
  expect(await completions.answer(another)).not.toMatch(new RegExp(canaryQuestion.ONYX_CANARY_ANSWER));
});

test('a call that fails reaches the caller at the first try', async () => {
  const calls = 10;
  const outcomes = await Promise.allSettled(
    Array.from({ length: calls }, () => completions.answer(prompt('mock-broken'))),
  );
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ reason: new Refusal(502, 'model: mock-broken failed with status 500') });
  await expect
    .poll(async () => {
      const lines = (await metrics()).filter((line) => /^litellm_deployment_total_requests_total\{.*broken/.test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    })
    .toBe(calls);
});

test.each([
  ['whole', { stream: false }],
  ['streamed', { stream: true, stream_options: { include_usage: true } }],
])('what a %s answer costs is said with it, by the prices of its model', async (_, how) => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'mock-chat', messages: [{ role: 'user', content: 'Why?' }], ...how }),
  });
  const body = await answer.text();
  const [, read] = body.match(/"prompt_tokens":(\d+)/) ?? [];
  const [, written] = body.match(/"completion_tokens":(\d+)/) ?? [];
  const said = answer.headers.get('x-litellm-response-cost') ?? body.match(/"cost":([\d.e-]+)/)?.[1];
  expect(Number(said), body).toBeCloseTo(0.000003 * Number(read) + 0.000015 * Number(written), 9);
});

test('its metrics name models and outcomes, and no person, address or key', async () => {
  const lines = await metrics();
  expect(lines.length).toBeLessThan(500);
  const labels = new Set(lines.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)));
  const personal = ['user', 'user_email', 'end_user', 'client_ip', 'user_agent', 'hashed_api_key', 'api_key_alias'];
  expect(personal.filter((label) => labels.has(label))).toEqual([]);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^litellm_proxy_total_requests_metric_total\{requested_model="mock-broken",status_code="500"\}/,
    ),
  );
});

test('its metrics are closed to those without the key', async () => {
  expect((await fetch(`${url}/metrics/`)).status).toBe(401);
});
