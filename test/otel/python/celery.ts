// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { readSettings } from '../../../services/native/environment.ts';
import { redisServer } from '../../../services/native/programs/redis.ts';
import type { Collector } from '../../collector/helpers/collector.ts';
import { attached, run } from './service.ts';
import type { Words } from './versions.ts';

/** Of its pools, the first one runs on each version of Python. */
export const pools = ['prefork', 'threads', 'solo', 'gevent', 'eventlet'] as const;

const send = `import celery_app as tasks
results = [task.delay() for task in [tasks.ingest] * 5 + [tasks.export, tasks.research, tasks.own]]
for result in results: result.get(propagate=False)`;

/** What `work` counts of these tasks: the one that is tried again ended once, and the one that counts itself is what it says. */
export const ended = { 'ingest true': 5, 'export false': 1, 'research true': 1, 'summarize true': 1 };

/** Has a worker of Celery do tasks of every kind, and returns those that the collector has, by type and success, and the worker's exit code. */
export async function work(
  [program, ...words]: Words,
  pool: (typeof pools)[number],
  path: string,
  job: string,
  collector: Collector,
): Promise<{ code: number | null; tasks: Record<string, number> }> {
  const port = await getPort();
  const redis = execa(await redisServer(readSettings()), ['--port', String(port), '--save', ''], { reject: false });
  const env = {
    ...attached(path, job, collector.otlp),
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
    BROKER: `redis://127.0.0.1:${port}/0`,
  };
  const options = ['-A', 'celery_app', 'worker', '-P', pool, '-c', '2', '-l', 'INFO'];
  const worker = run(program, [...words, '-m', 'celery', ...options], env);
  let code: number | null;
  try {
    await worker.written(/celery@.* ready/);
    await execa(program, [...words, '-c', send], { cwd: join(import.meta.dirname, 'services'), env });
    worker.child.kill('SIGTERM');
    ({ code } = await worker.ended);
  } finally {
    worker.child.kill('SIGKILL');
    redis.kill();
    await redis;
  }
  const tasks: Record<string, number> = {};
  for (const line of (await collector.scrape('apps')).body.split('\n')) {
    if (!line.startsWith('onyx_task_completion_total') || !line.includes(`job="${job}"`) || line.endsWith(' 0'))
      continue;
    const [type, success] = ['task_type', 'success'].map((label) => new RegExp(`${label}="([^"]*)"`).exec(line)?.[1]);
    tasks[`${type} ${success}`] = (tasks[`${type} ${success}`] ?? 0) + Number(line.split(' ').at(-1));
  }
  return { code, tasks };
}
