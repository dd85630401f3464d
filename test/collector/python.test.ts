// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { beforeAll, expect, test, vi } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { folderOfFile } from '../folder.ts';
import { frameworksPython, preload } from '../otel/python/python.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';

const names = [
  'onyx_chat_duration_seconds',
  'onyx_rag_retrieval_duration_seconds',
  'onyx_task_completion_total',
  'onyx_active_agents',
] as const;
const here = join(root, 'test/collector/fixtures');
const soon = { timeout: 90_000 };

const folder = folderOfFile();
const [python, preloadFolder, collector] = await Promise.all([frameworksPython(), preload(), collectorOfFile()]);

beforeAll(async () => {
  const guide = await readFile(join(root, 'docs/guides/python.md'), 'utf8');
  const [, code] = /^```python\n(.*?)^```$/ms.exec(guide) ?? [];
  await writeFile(join(folder, 'guide.py'), code ?? '');
  await copyFile(join(here, 'app.py'), join(folder, 'app.py'));
  await writeFile(join(folder, 'key'), 'a key of this test, long enough\n');
});

const environment = (service: string) => ({
  OTEL_SERVICE_NAME: service,
  OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.otlp).origin,
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  ONYX_USER_ID_KEY_FILE: join(folder, 'key'),
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONPATH: preloadFolder,
});

/** Lines of the four metrics that counted something, by job, without the instance. */
async function lines(job: string): Promise<string[]> {
  const { body } = await collector.scrape('apps');
  const own = body
    .split('\n')
    .filter((line) => names.some((name) => line.startsWith(name)) && line.includes(`job="${job}"`));
  return own.filter((line) => !line.endsWith(' 0')).map((line) => line.replace(/instance="[^"]*",|job="[^"]*",?/g, ''));
}

/** Names with labels, and no numbers, which of durations differ. */
const identities = async (job: string) =>
  [...new Set((await lines(job)).map((line) => line.replace(/ \S+$/, '')))].sort();

test('two workers of FastAPI send what a Node service sends: names, labels, boundaries and pseudonyms', async () => {
  const port = await getPort();
  const server = execa(python, ['-m', 'uvicorn', 'app:app', '--workers', '2', '--port', String(port)], {
    cwd: folder,
    env: environment('python'),
    all: true,
    reject: false,
  });
  const node = execa(process.execPath, ['--require', 'otel/register', join(here, 'same.mjs')], {
    cwd: root,
    env: environment('node'),
    reject: false,
  });
  try {
    // The worker that answers has recorded; the other worker is asked until it answers too.
    const workers = new Map<string, number>();
    await vi.waitFor(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/record`, {
        method: 'POST',
        headers: { connection: 'close' },
      });
      const pid = await answer.text();
      workers.set(pid, (workers.get(pid) ?? 0) + 1);
      expect(workers.size).toBe(2);
    }, soon);
    const calls = [...workers.values()].reduce((sum, count) => sum + count);

    await expect
      .poll(() => identities('python'), soon)
      .toEqual(
        await vi.waitFor(async () => {
          const own = await identities('node');
          expect(own.join()).toContain('onyx_active_agents');
          return own;
        }, soon),
      );
    // Both workers are there, each with its own count.
    const counted = async () => {
      const { body } = await collector.scrape('apps');
      const chats = body.split('\n').filter((line) => /^onyx_chat_duration_seconds_count.*job="python"/.test(line));
      const instances = new Set(chats.map((line) => /instance="([^"]*)"/.exec(line)?.[1]));
      return [instances.size, chats.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)];
    };
    await expect.poll(counted, soon).toEqual([2, 4 * calls]);
  } finally {
    server.kill('SIGTERM');
    node.kill('SIGTERM');
    await Promise.all([server, node]);
  }
  expect((await collector.scrape('apps')).body).not.toMatch(/alice|Bob/);
});

test('the example of the guide records what it says: chats, retrievals, calls of models, tasks and a metric of its own', async () => {
  const port = await getPort();
  const server = execa(python, ['-m', 'uvicorn', 'guide:app', '--port', String(port)], {
    cwd: folder,
    env: environment('guide'),
    all: true,
    reject: false,
  });
  const post = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' });
  const answer = await vi.waitFor(() => post('/chat?user=alice&question=why'), soon);
  expect(await answer.text()).toBe('an answer');
  expect((await post('/documents')).status).toBe(200);
  server.kill('SIGTERM');
  await server;
  const { body } = await collector.scrape('apps');
  const counts = body.split('\n').filter((line) => line.includes('job="guide"') && !line.endsWith(' 0'));
  const names = counts.map((line) => line.replace(/[{ ].*/, '')).filter((name) => !/_(bucket|sum)$/.test(name));
  expect(new Set(names)).toEqual(
    expect.toSatisfy((all: ReadonlySet<string>) =>
      [
        'onyx_chat_duration_seconds_count',
        'onyx_rag_retrieval_duration_seconds_count',
        'onyx_rag_stage_duration_seconds_count',
        'onyx_rag_results_total',
        'onyx_rag_best_similarity_count',
        'gen_ai_client_operation_duration_seconds_count',
        'gen_ai_client_operation_time_to_first_chunk_seconds_count',
        'gen_ai_client_token_usage_count',
        'onyx_gen_ai_cost_usd_total',
        'onyx_task_completion_total',
        'app_exports_total',
        'http_server_request_duration_seconds_count',
      ].every((name) => all.has(name)),
    ),
  );
});
