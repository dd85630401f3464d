// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import getPort from 'get-port';
import { describe, it, vi } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { typed } from '../typed.ts';
import { PrometheusApi } from './prometheus-api.ts';

/*
 * The README's commands as typed, at production intervals: 10 s exports, 15 s collections, 15 s scrapes.
 */

type PortVariable = `ONYX_${'SUNA' | 'GRAFANA' | 'PROMETHEUS' | 'OTLP'}_PORT`;

async function freePorts(): Promise<Record<PortVariable, string>> {
  return {
    ONYX_SUNA_PORT: `${await getPort()}`,
    ONYX_GRAFANA_PORT: `${await getPort()}`,
    ONYX_PROMETHEUS_PORT: `${await getPort()}`,
    ONYX_OTLP_PORT: `${await getPort()}`,
  };
}

// Most of the time both wait for the next scrape.
describe.concurrent('npm start', () => {
  it('npm start -- --once drives the load, finds all of it in Prometheus, verifies every promise and stops by itself', async ({
    expect,
    signal,
  }) => {
    const { stdout, exitCode } = await typed('npm start -- --once', {
      cwd: root,
      env: await freePorts(),
      reject: false,
      cancelSignal: signal,
    });
    const rows = stdout.split('\n').filter((line) => line.startsWith('│ ') && line.includes('ok'));
    // A busy machine may be over 10 ms.
    const failed = stdout.split('\n').filter((line) => /│ fail +│/.test(line));
    const unkept = failed.filter((line) => !line.includes('9.1.3'));
    expect({ exitCode, unkept, missing: stdout.includes('MISSING') }, stdout).toEqual({
      exitCode: failed.length > 0 ? 1 : 0,
      unkept: [],
      missing: false,
    });
    expect(stdout).toMatch(/^\d+ passed, \d+ failed, \d+ not checked, in [\d.]+ s$/m);
    for (const what of [
      'onyx_chat_duration_seconds',
      'onyx_rag_retrieval_duration_seconds',
      'onyx_task_completion_total',
      'onyx_active_agents',
      'suna: ',
      'onyx: ',
      'qdrant: ',
      'supabase: ',
      'redis: ',
      'litellm: ',
    ]) {
      expect(
        rows.find((row) => row.includes(what)),
        what,
      ).toBeDefined();
    }
  });

  it('npm start keeps a load trickling that Prometheus shows, until Ctrl-C', async ({ expect }) => {
    const ports = await freePorts();
    const started = typed('npm start', { cwd: root, env: ports, reject: false, detached: true });
    let output = '';
    started.stdout.on('data', (chunk) => {
      output += chunk;
    });
    try {
      await vi.waitFor(() => expect(output).toContain('Running until Ctrl-C'), { timeout: 240_000, interval: 100 });
      const prometheus = new PrometheusApi(`http://127.0.0.1:${ports.ONYX_PROMETHEUS_PORT}`);
      const chats = () => prometheus.scalar('sum(onyx_chat_duration_seconds_count)');
      await expect.poll(chats, { timeout: 90_000, interval: 500 }).toBeGreaterThan(0);
    } finally {
      // A terminal sends it to the whole group: npm, its shell and ours.
      process.kill(-(started.pid as number), 'SIGINT');
    }
    expect((await started).stdout).toContain('Stopping');
  });
});
