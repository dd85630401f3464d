// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { catalogue, numberRules } from '../../otel/src/catalogue/catalogue.ts';
import { readSettings, root } from '../../services/native/environment.ts';
import { virtualEnvironment } from '../../services/native/programs/python.ts';
import { type Collector, startCollector } from './collector.ts';

const names = [
  'onyx_chat_duration_seconds',
  'onyx_rag_retrieval_duration_seconds',
  'onyx_task_completion_total',
  'onyx_active_agents',
] as const;
const here = join(root, 'test/collector/fixtures');
const soon = { timeout: 90_000 };

let folder: string;
let python: string;
let collector: Collector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onyx-python-'));
  const guide = await readFile(join(root, 'docs/guides/python.md'), 'utf8');
  const [, code] = /^```python\n(.*?)^```$/ms.exec(guide) ?? [];
  await writeFile(join(folder, 'onyx_metrics.py'), code ?? '');
  await copyFile(join(here, 'app.py'), join(folder, 'app.py'));
  await writeFile(join(folder, 'key'), 'a key of this test, long enough\n');
  ({ python } = await virtualEnvironment('python-guide', join(here, 'requirements.txt'), readSettings()));
  collector = await startCollector();
}, 300_000);
afterAll(async () => {
  await collector?.stop();
  await rm(folder, { recursive: true, force: true });
});

const environment = (service: string) => ({
  OTEL_SERVICE_NAME: service,
  OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.otlp).origin,
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  ONYX_USER_ID_KEY_FILE: join(folder, 'key'),
  PYTHONDONTWRITEBYTECODE: '1',
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

test('the constants of the guide are those of the catalogue', async () => {
  const print = `import json, onyx_metrics as m
print(json.dumps({
  "labels": {k: sorted(v) for k, v in m.LABELS.items()}, "boundaries": m.BOUNDARIES,
  "values": [sorted(m.TASK_TYPES), sorted(m.AGENT_TYPES), sorted(m.AGENT_STATUSES)], "limits": [m.MAX_MODELS, m.MAX_USERS],
  "classes": [[[k, v] for k, v in c.items()] for c in (m.VECTOR_COUNTS, m.THRESHOLDS, m.DURATIONS)],
}))`;
  const { stdout } = await execa(python, ['-c', print], { cwd: folder, env: environment('constants') });
  const [chat, rag, task, agents] = names.map((name) => catalogue[name]) as unknown as [
    typeof catalogue.onyx_chat_duration_seconds,
    typeof catalogue.onyx_rag_retrieval_duration_seconds,
    typeof catalogue.onyx_task_completion_total,
    typeof catalogue.onyx_active_agents,
  ];
  const { vector_count, similarity_threshold, duration_category } = numberRules;
  expect(JSON.parse(stdout)).toEqual({
    labels: Object.fromEntries(names.map((name) => [name, Object.keys(catalogue[name].labels).sort()])),
    boundaries: { [names[0]]: chat.boundaries, [names[1]]: rag.boundaries },
    values: [task.labels.task_type, agents.labels.agent_type, agents.labels.status].map(({ values }) =>
      [...values].sort(),
    ),
    limits: [chat.labels.model.limit, chat.labels.user_id.limit],
    classes: [vector_count, similarity_threshold, duration_category].map(({ classes }) =>
      classes.map(({ from, value }) => [expect.toSatisfy((key) => Number(key) === from), value]),
    ),
  });
});

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
    // Whoever answers has recorded; the other worker is asked until it answers too.
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
