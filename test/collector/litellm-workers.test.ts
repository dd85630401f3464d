// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import getPort from 'get-port';
import { expect, onTestFinished, test } from 'vitest';
import { proxyInFlight, proxyRequests } from '../../grafana/src/signals/litellm.ts';
import { root } from '../../services/native/environment.ts';
import { litellmProxy } from '../../services/native/stack/platform.ts';
import { Prometheus as Asked } from '../../services/prometheus/prometheus.ts';
import { filled } from '../../services/verify/expression.ts';
import { oddities } from '../../services/verify/oddities.ts';
import { folderOfTest } from '../folder.ts';
import { startPython } from '../services/python-service.ts';
import { startCollector, writeSecrets } from './helpers/collector.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';

/** The real proxy with two workers, behind the collector and Prometheus. */

const patiently = { timeout: 150_000, interval: 100 };
const config = join(root, 'services/litellm/config.yaml');
const key = `sk-${randomBytes(24).toString('hex')}`;

/** By its own command line, which has the workers share their numbers. */
const byCommand = (port: number) => [
  ...[...litellmProxy, '--config', config, '--num_workers', '2'],
  ...['--host', '127.0.0.1', '--port', String(port)],
];
/**
 * As a server of one's own starts it, and as every LiteLLM did before it made the shared folder itself. A connection lives shorter than the
 * time between two collections, as with LiteLLM's 5 s and the collector's 15.
 */
const byServer = (port: number) => [
  ...['-m', 'uvicorn', 'litellm.proxy.proxy_server:app', '--workers', '2', '--timeout-keep-alive', '0'],
  ...['--host', '127.0.0.1', '--port', String(port)],
];

async function start(args: (port: number) => readonly string[]) {
  const folder = folderOfTest();
  const port = await getPort();
  const litellm = await startPython(args(port), `http://127.0.0.1:${port}/health/readiness`, {
    LITELLM_MASTER_KEY: key,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS: 'True',
    CONFIG_FILE_PATH: config,
    // Where it makes the folder by itself.
    TMPDIR: folder,
  });
  onTestFinished(() => litellm.stop());
  const secrets = await writeSecrets();
  onTestFinished(secrets.remove);
  await writeFile(join(secrets.folder, 'litellm_master_key'), key);
  const collector = await startCollector({
    ONYX_SECRETS_DIR: secrets.folder,
    ONYX_LITELLM_TARGET: `127.0.0.1:${port}`,
  });
  onTestFinished(async () => void (await collector.stop()));
  const prometheus = await startPrometheus({ ...collector, password: secrets.password });
  onTestFinished(() => prometheus.stop());
  return { url: `http://127.0.0.1:${port}`, prometheus };
}

/** The status of an answer, over a connection of its own: so both workers get some of many. */
function chat(url: string): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'mock-fast', messages: [{ role: 'user', content: 'Why?' }] });
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, agent: new Agent({ keepAlive: false }) };
    request(`${url}/v1/chat/completions`, options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    })
      .on('error', reject)
      .end(body);
  });
}

const chats = (url: string, count: number) => Promise.all(Array.from({ length: count }, () => chat(url)));

const findings = (prometheus: Prometheus) => oddities(new Asked({ url: prometheus.url }, AbortSignal.timeout(20_000)));

async function ofWorkers(prometheus: Prometheus) {
  return (await findings(prometheus)).filter(({ subject }) => subject === 'workers of litellm');
}

const counted = async (prometheus: Prometheus) => {
  const [total] = await prometheus.query('sum(litellm_proxy_total_requests_metric_total)');
  return Number(total?.value?.[1]);
};

test('started by its own command, the requests of both workers are counted', async () => {
  const { url, prometheus } = await start(byCommand);
  const answers = await chats(url, 30);
  await expect.poll(() => counted(prometheus)).toBe(answers.length);
  await chats(url, 10);
  await expect.poll(() => counted(prometheus)).toBe(answers.length + 10);
  const resets = 'max(resets(litellm_proxy_total_requests_metric_total[5m]))';
  expect((await prometheus.query(resets)).map(({ value }) => value?.[1])).toEqual(['0']);
  for (const { queries } of [proxyRequests, proxyInFlight])
    expect(await prometheus.query(filled(queries[0].expr, 60))).not.toEqual([]);
  expect(await ofWorkers(prometheus)).toEqual([]);
}, 240_000);

test('where each counts for itself verify says so, and what to set', async () => {
  const { url, prometheus } = await start(byServer);
  await expect
    .poll(async () => {
      // Of two idle workers the kernel may always wake the same one.
      await chats(url, 30);
      return ofWorkers(prometheus);
    }, patiently)
    .toEqual([
      expect.objectContaining({
        verdict: 'fail',
        failure: expect.objectContaining({ change: expect.stringContaining('PROMETHEUS_MULTIPROC_DIR') }),
      }),
    ]);
}, 240_000);
