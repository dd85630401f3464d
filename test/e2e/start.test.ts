// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import getPort from 'get-port';
import { describe, it, vi } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { basic } from '../../services/prometheus/http-endpoint.ts';
import { scenarioNames, scenarios } from '../../services/scenarios/scenarios.ts';
import { deviations, operations } from '../services/metrics-api.ts';
import { ran, typed } from '../typed.ts';
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

/** What the command showed of a run: arrivals that are complete, arrivals that are not, and promises that are not kept. */
function shownBy(stdout: string) {
  const lines = stdout.split('\n');
  const failed = lines.filter((line) => /│ fail +│/.test(line));
  return {
    arrived: lines.filter((line) => line.startsWith('│ ') && line.includes('ok')),
    missing: stdout.includes('MISSING'),
    failed,
    // A busy machine may be over 10 ms.
    unkept: failed.filter((line) => !line.includes('9.1.3')),
  };
}

const measured = [
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
];

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
    const { arrived, missing, failed, unkept } = shownBy(stdout);
    expect({ exitCode, unkept, missing }, stdout).toEqual({
      exitCode: failed.length > 0 ? 1 : 0,
      unkept: [],
      missing: false,
    });
    expect(stdout).toMatch(/^\d+ passed, \d+ failed, \d+ not checked, in [\d.]+ s$/m);
    for (const what of measured)
      expect(
        arrived.find((row) => row.includes(what)),
        what,
      ).toBeDefined();
  });

  it('npm start keeps a load trickling that Prometheus shows, plays a scenario after a minute, and stops at Ctrl-C', async ({
    expect,
  }) => {
    const ports = await freePorts();
    // Until the scenario begins it is nothing but this.
    ran('npm start');
    const started = typed('npm start -- --scenario outage', { cwd: root, env: ports, reject: false, detached: true });
    let output = '';
    started.stdout.on('data', (chunk) => {
      output += chunk;
    });
    try {
      await vi.waitFor(() => expect(output).toContain('Running until Ctrl-C'), { timeout: 240_000, interval: 100 });
      const prometheus = new PrometheusApi(`http://127.0.0.1:${ports.ONYX_PROMETHEUS_PORT}`);
      const chats = () => prometheus.scalar('sum(onyx_chat_duration_seconds_count)');
      await expect.poll(chats, { timeout: 90_000, interval: 500 }).toBeGreaterThan(0);
      await vi.waitFor(() => expect(output).toContain('The alert ServiceSilent will name the cause'), {
        timeout: 120_000,
        interval: 100,
      });
      const up = () => prometheus.scalar('onyx:service_up{service="onyx"}');
      await expect.poll(up, { timeout: 120_000, interval: 500 }).toBe(0);
    } finally {
      // A terminal sends it to the whole group: npm, its shell and ours.
      if (started.exitCode === null) process.kill(-(started.pid as number), 'SIGINT');
    }
    expect((await started).stdout).toContain('Stopping');
  });
});

describe('npm start with Onyx in Python', () => {
  it('npm start -- --once --onyx python keeps every promise, and the board shows its routes', async ({
    expect,
    signal,
  }) => {
    const ports = await freePorts();
    const prometheus = new PrometheusApi(`http://127.0.0.1:${ports.ONYX_PROMETHEUS_PORT}`);
    const started = typed('npm start -- --once --onyx python', {
      cwd: root,
      env: ports,
      reject: false,
      cancelSignal: signal,
    });
    let output = '';
    started.stdout.on('data', (chunk) => {
      output += chunk;
    });
    // What follows is asked while the platform is verified, after all of the load has arrived.
    await vi.waitFor(() => expect(output).toContain('Verifying every promise'), { timeout: 240_000, interval: 100 });
    // What the board draws by route; the verifier runs its queries. Recorded series may be one evaluation behind.
    const served = await prometheus.query(
      'sum by (http_route) (http_server_request_duration_seconds_count{service="onyx"})',
    );
    const routes = served.flatMap(({ labels }) => labels.http_route ?? []);
    const [, onyx] = /│ onyx +│ (http:\S+)/.exec(output) ?? [];
    const answers = await Promise.all(
      operations.map(async (path) => {
        const answer = await fetch(`${onyx}/api/metrics${path}`, { headers: { authorization: basic('admin:admin') } });
        return deviations(path, answer.status, answer.headers.get('content-type'), await answer.json());
      }),
    );
    const { stdout, exitCode } = await started;
    const { arrived, missing, failed, unkept } = shownBy(stdout);
    expect({ exitCode, unkept, missing }, stdout).toEqual({
      exitCode: failed.length > 0 ? 1 : 0,
      unkept: [],
      missing: false,
    });
    for (const what of measured)
      expect(
        arrived.find((row) => row.includes(what)),
        what,
      ).toBeDefined();
    expect([...new Set(routes)].sort()).toEqual(
      expect.arrayContaining(['/agents', '/agents/{agent_id}', '/chat', '/tasks', '/tasks/{task_id}']),
    );
    expect(answers.flat()).toEqual([]);
  });
});

describe('npm start with a scenario', () => {
  it('npm start -- --list-scenarios says what goes wrong in each, and an unknown one is refused with their names', async ({
    expect,
  }) => {
    const { stdout } = await typed('npm start -- --list-scenarios', { cwd: root });
    for (const name of scenarioNames) expect(stdout).toContain(`${name}: ${scenarios[name].story}`);
    const { stderr, exitCode } = await typed('npm start -- --scenario outage', {
      as: (command) => command.replace('outage', 'sunshine'),
      cwd: root,
      reject: false,
    });
    expect(exitCode).not.toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(scenarioNames.join(', '));
  });
});
