// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../../otel/src/canary/question.ts';
import { type CanarySettings, readCanarySettings } from '../../../otel/src/canary/settings.ts';
import { folderOfTest } from '../../folder.ts';

/** Asks a chat endpoint that does what `answer` says. */
async function asked(answer: RequestListener, environment: Record<string, string> = {}) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return ask(settingsOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/chat`, environment));
}

function settingsOf(url: string, environment: Record<string, string>): CanarySettings {
  return readCanarySettings({
    ONYX_CANARY_URL: url,
    ONYX_CANARY_QUESTION: 'What is the limit of an export?',
    ONYX_CANARY_DOCUMENT: '168',
    ONYX_CANARY_ANSWER: '50 mega',
    ...environment,
  });
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const right = { answer: 'It is 50 Megabytes.', sources: [{ id: 7 }, { id: 168, score: 0.9 }] };

it.each([
  ['the right document and answer', right, 'right'],
  ['a document by its title', { ...right, sources: [{ title: '168' }] }, 'right'],
  ['another document, and an answer that sounds right', { ...right, sources: [{ id: 7 }] }, 'wrong_document'],
  ['an id that only contains the right one', { ...right, sources: [{ id: 1168 }] }, 'wrong_document'],
  ['no document', { answer: 'No document is similar enough.', vector_count: 0, sources: [] }, 'wrong_document'],
  ['no word of its documents', { answer: 'It is 50 Megabytes.' }, 'wrong_document'],
  ['documents of another shape', { ...right, sources: ['168'] }, 'wrong_document'],
  ['the right document and another answer', { ...right, answer: 'I do not know.' }, 'wrong_answer'],
  ['the right document and no answer', { sources: right.sources }, 'wrong_answer'],
  ['nothing', null, 'wrong_document'],
])('an answer with %s is judged by both', async (_, body, result) => {
  expect(await asked(json(body))).toMatchObject({ result });
});

it.each([
  ['is refused', json({ error: 'ada@example.com' }, 502), 'failed', 'status 502'],
  ['is no JSON', (_, response) => void response.end('ada@example.com'), 'failed', 'the answer is not JSON'],
  ['breaks off', (_, response) => void response.writeHead(200).write('{', () => response.destroy()), 'failed', /.+/],
  ['does not come', () => undefined, 'timeout', 'no whole answer within 0.2 s'],
  ['begins and does not end', (_, response) => void response.writeHead(200).write('{'), 'timeout', /within 0[.]2 s/],
] satisfies [string, RequestListener, string, string | RegExp][])(
  'an answer that %s is none, and why is said without its text',
  async (_, answer, result, why) => {
    const ended = await asked(answer, result === 'timeout' ? { ONYX_CANARY_TIMEOUT: '0.2' } : {});
    expect(ended).toEqual({ result, why: expect.stringMatching(why) });
    expect(ended.why).not.toContain('ada');
  },
);

it('no Suna at all is a failure that says so', async () => {
  const ended = await ask(settingsOf('http://127.0.0.1:1/api/chat', {}));
  expect(ended).toEqual({ result: 'failed', why: expect.stringMatching(/ECONNREFUSED|bad port/) });
});

it('it asks as a user does, and shows the token that its file has now', async () => {
  const folder = folderOfTest();
  const file = join(folder, 'token');
  await writeFile(file, 'first\n');
  let request: IncomingMessage | undefined;
  let body = '';
  const answer: RequestListener = async (received, response) => {
    request = received;
    for await (const piece of received) body += piece;
    json(right)(received, response);
  };
  const environment = { ONYX_CANARY_TOKEN_FILE: file, ONYX_CANARY_USER_ID: 'c0ffee', ONYX_CANARY_MODEL: 'gpt-4o' };
  expect(await asked(answer, environment)).toMatchObject({ result: 'right' });
  expect(request).toMatchObject({ method: 'POST', url: '/api/chat', headers: { authorization: 'Bearer first' } });
  expect(JSON.parse(body)).toEqual({
    message: 'What is the limit of an export?',
    user_id: 'c0ffee',
    model: 'gpt-4o',
  });
});

it('the stages that an answer tells of and the rest are the whole time', async () => {
  const start = performance.now();
  const told = { ...right, seconds: { retrieve: 1e-6, generate: 2e-6, think: 9, rest: 9 } };
  const { stages = {} } = await asked(json(told));
  const all = (performance.now() - start) / 1000;
  expect(stages).toEqual({ retrieve: 1e-6, generate: 2e-6, rest: expect.any(Number) });
  expect(stages.rest).toBeGreaterThan(0);
  expect(3e-6 + Number(stages.rest)).toBeLessThan(all);
});

it.each([[undefined], ['soon'], [{ retrieve: -1, generate: 'long' }]])(
  'of an answer that tells of no stage (%j) the rest is all',
  async (seconds) => {
    expect(Object.keys((await asked(json({ ...right, seconds }))).stages ?? {})).toEqual(['rest']);
  },
);
