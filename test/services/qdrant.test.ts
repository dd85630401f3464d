// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documents } from '../../services/onyx/documents.ts';
import { embed } from '../../services/onyx/embedding.ts';
import { DocumentVectors } from '../../services/onyx/qdrant.ts';
import { folderOfFile } from '../folder.ts';
import { type PythonService, startPython } from './python-service.ts';

const server = fileURLToPath(new URL('../../services/qdrant/server.py', import.meta.url));
const apiKey = 'a-key-of-this-test';
const folder = folderOfFile();
let url: string;
let qdrant: PythonService;

async function start(): Promise<void> {
  const port = await getPort();
  url = `http://127.0.0.1:${port}`;
  const options = ['--port', String(port), '--data', join(folder, 'data'), '--api-key-file', join(folder, 'key')];
  qdrant = await startPython([server, ...options], `${url}/readyz`);
}

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = { 'api-key': apiKey }) {
  return fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function metrics(): Promise<Map<string, number>> {
  const text = await (await call('GET', '/metrics')).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

beforeAll(async () => {
  await writeFile(join(folder, 'key'), `${apiKey}\n`);
  await start();
}, 240_000);

afterAll(async () => {
  await qdrant?.stop();
});

test('says that it is a stand-in', async () => {
  expect(await (await fetch(url)).json()).toMatchObject({ title: expect.stringContaining('stand-in') });
  expect([...(await metrics()).keys()]).toContainEqual(expect.stringMatching(/^app_info\{name="qdrant stand-in"/));
});

test.each(['/', '/healthz', '/readyz'])('answers %s without a key', async (path) => {
  expect((await fetch(url + path)).status).toBe(200);
});

test.each([
  ['GET', '/metrics'],
  ['POST', '/collections/guarded/points/count'],
])('answers %s %s with the key only, in either header', async (method, path) => {
  await call('PUT', '/collections/guarded', { vectors: { size: 2, distance: 'Cosine' } });
  expect((await call(method, path, undefined, {})).status).toBe(401);
  expect((await call(method, path, undefined, { 'api-key': 'another' })).status).toBe(401);
  expect((await call(method, path, undefined, { 'api-key': apiKey })).status).toBe(200);
  expect((await call(method, path, undefined, { authorization: `Bearer ${apiKey}` })).status).toBe(200);
});

test('finds the nearest points above a threshold, best first', async () => {
  await call('PUT', '/collections/nearest', { vectors: { size: 2, distance: 'Cosine' } });
  const points = [
    { id: 1, vector: [0, 1] },
    { id: 2, vector: [1, 1] },
    { id: 3, vector: [1, 0] },
  ];
  expect((await call('PUT', '/collections/nearest/points?wait=true', { points })).status).toBe(200);
  const query = { query: [1, 0.1], limit: 5, score_threshold: 0.5 };
  expect(await (await call('POST', '/collections/nearest/points/query', query)).json()).toMatchObject({
    status: 'ok',
    result: {
      points: [
        { id: 3, score: expect.closeTo(0.995, 3) },
        { id: 2, score: expect.closeTo(0.774, 3) },
      ],
    },
  });
});

test("refuses with Qdrant's status codes", async () => {
  const body = { vectors: { size: 2, distance: 'Cosine' } };
  await call('PUT', '/collections/refusing', body);
  expect((await call('PUT', '/collections/refusing', body)).status).toBe(409);
  expect((await call('POST', '/collections/unknown/points/count')).status).toBe(404);
  expect((await call('POST', '/collections/refusing/points/query', { query: [1, 2, 3] })).status).toBe(400);
  expect((await call('POST', '/collections/refusing/points/query', { query: 'text' })).status).toBe(400);
});

test("counts searches and points under Qdrant's names, with its boundaries", async () => {
  const search = '{endpoint="/collections/{collection_name}/points/query",method="POST",status="200"}';
  await call('PUT', '/collections/counted', { vectors: { size: 2, distance: 'Dot' } });
  const before = await metrics();
  await call('PUT', '/collections/counted/points', { points: [{ id: 7, vector: [1, 1] }] });
  for (let n = 0; n < 3; n++) await call('POST', '/collections/counted/points/query', { query: [1, 0] });
  const after = await metrics();

  expect(after.get('collection_points{id="counted"}')).toBe(1);
  for (const name of ['rest_responses_total', 'rest_responses_duration_seconds_count'])
    expect((after.get(name + search) ?? 0) - (before.get(name + search) ?? 0)).toBe(3);
  const boundaries = [...after.keys()]
    .filter((key) => key.startsWith('rest_responses_duration_seconds_bucket') && key.includes('points/query'))
    .map((key) => Number(/le="([^"]+)"/.exec(key)?.[1]?.replace('+Inf', 'Infinity')));
  expect(boundaries).toEqual([0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10, 50, Number.POSITIVE_INFINITY]);
});

test('holds the documents once, however often they are seeded, and over a restart', async () => {
  await new DocumentVectors({ url, apiKey }).seed(documents);
  await new DocumentVectors({ url, apiKey }).seed(documents);
  await qdrant.stop();
  await start();

  expect((await metrics()).get('collection_points{id="documents"}')).toBe(documents.length);
  const vectors = new DocumentVectors({ url, apiKey });
  const signal = AbortSignal.timeout(5000);
  const title = documents[41]?.title ?? '';
  const [best] = await vectors.nearest(embed(title), { limit: 3, threshold: 0.5, signal });
  expect(documents.find(({ id }) => id === best?.id)?.title).toBe(title);
  const query = embed('Which orchestra plays for zebras?');
  expect(await vectors.nearest(query, { limit: 3, threshold: 0.9, signal })).toEqual([]);
});
