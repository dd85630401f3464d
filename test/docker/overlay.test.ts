// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreign } from '../../grafana/src/signals/foreign.ts';
import { root } from '../../services/native/environment.ts';
import { slowness } from '../slowness.ts';
import type { Report } from '../verify/report.ts';
import type { Engine } from './engine.ts';
import { type Overlaid, six, soon } from './overlaid.ts';
import { ours, Reference, theirs } from './reference.ts';
import { dockerAllowed } from './requirement.ts';

/** The reference platform with the overlay, as `docker compose up` starts both, on a real engine. */

const collector = 'onyx-metrics-collector';
const prometheus = 'onyx-metrics-prometheus';

describe.skipIf(!(await dockerAllowed()))('the overlay on the reference platform', () => {
  let reference: Reference;
  let engine: Engine;
  let platform: Overlaid;

  beforeAll(async () => {
    reference = await Reference.start();
    ({ engine, seen: platform } = reference);
  });
  afterAll(() => reference?.stop());

  const inspect = (service: string, format: string) => reference.inspect(service, format);
  const address = (service: string) => reference.address(service);

  test('six services are up, and every container runs', async () => {
    await platform.areUp();
    const running = await engine.docker(['ps', '--format', '{{.Label "com.docker.compose.service"}}']);
    expect(running.split('\n').sort()).toEqual([...ours, ...theirs].sort());
    // The one that reads containers may have been quicker than its proxy.
    for (const service of [...ours, ...theirs].filter((name) => name !== 'onyx-metrics-containers'))
      expect(await inspect(service, '{{.RestartCount}} {{.State.Status}}'), service).toBe('0 running');
  });

  test('20 users and 100 messages arrive exactly, in metrics and in the database', async () => {
    const { arrived, totals } = await reference.load();
    expect(arrived.filter(({ complete }) => !complete)).toEqual([]);
    expect(totals.chats).toBe(100);
    const rows = await engine.docker([
      ...['exec', 'onyx-db-1', 'psql', '-U', 'postgres', '-At', '-c'],
      'SELECT count(*), count(*) FILTER (WHERE NOT success) FROM chat_messages',
    ]);
    const count = (more: string) => platform.value(`sum(onyx_chat_duration_seconds_count{service="suna"${more}})`);
    expect(rows).toBe(`${await count('')}|${(await count(',success="false"')) ?? 0}`);
  });

  test('the verifier finds nothing broken, as in native mode', async () => {
    const place = (service: string, port: number, passwordFile: string) => ({
      url: `http://${service}:${port}`,
      user: 'admin',
      passwordFile: path.join(reference.secrets, passwordFile),
    });
    const addresses = Object.fromEntries(
      await Promise.all(
        [prometheus, 'onyx-metrics-alertmanager', 'onyx-metrics-grafana'].map(async (name) => [
          name,
          await address(name),
        ]),
      ),
    );
    const settings = path.join(reference.secrets, 'verify.json');
    await writeFile(
      settings,
      JSON.stringify({
        mode: 'docker',
        prometheus: place(addresses[prometheus], 9090, 'prometheus_password'),
        alertmanager: place(addresses['onyx-metrics-alertmanager'], 9093, 'prometheus_password'),
        grafana: place(addresses['onyx-metrics-grafana'], 3000, 'grafana_admin_password'),
        collector: {
          url: `http://${await address(collector)}`,
          user: 'prometheus',
          passwordFile: path.join(reference.secrets, 'metrics_password'),
        },
      }),
    );
    const verifier = path.join(root, 'test/verify/cli.ts');
    const { stdout } = await engine.exec(
      process.execPath,
      ['--import', 'tsx', verifier, '--settings', settings, '--deadline', '120', '--json'],
      { cwd: root, reject: false },
    );
    const report = JSON.parse(String(stdout)) as Report;
    // How long a scrape takes beside everything that a test runs here is the machine's, and `npm run bench -- scrape` measures it.
    const failed = report.rows.filter(({ verdict, check }) => verdict === 'fail' && check !== 'scrape-time');
    expect(failed).toEqual([]);
    expect(report.counts.pass).toBeGreaterThan(20);
  });

  describe('containers', () => {
    test('each has series of its own, under the names that boards read', async () => {
      const names = Object.keys(foreign).filter((name) => name.startsWith('container_'));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(await platform.query(name), name).not.toEqual([]);
      const measured = await platform.query('container_memory_usage_total_bytes');
      expect(measured.map(({ metric }) => metric.container).sort()).toEqual(
        [...ours, ...theirs].map((name) => `onyx-${name}-1`).sort(),
      );
    });

    test('their memory and processes are what `docker stats` says', async () => {
      const format = '{{.Name}} {{.MemPerc}} {{.PIDs}}';
      const said = new Map(
        (await engine.docker(['stats', '--no-stream', '--format', format])).split('\n').map((line) => {
          const [name = '', memory = ''] = line.split(' ');
          return [name, Number.parseFloat(memory)] as const;
        }),
      );
      const measured = await platform.query('container_memory_percent_ratio or container_memory_percent');
      expect(measured.length).toBe(said.size);
      for (const { metric, value } of measured)
        expect(
          Math.abs(Number(value[1]) - (said.get(metric.container ?? '') ?? Number.NaN)),
          metric.container,
        ).toBeLessThan(5);
    });

    test('nothing is told of what they keep in their environments and files', async () => {
      const endpoint = await engine.http(`http://${await address(collector)}:9207/metrics`, {
        credentials: `prometheus:${await platform.secret('metrics_password')}`,
      });
      expect(endpoint.status).toBe(200);
      expect(endpoint.body).toContain('container_');
      for (const name of ['litellm_master_key', 'qdrant_api_key', 'postgres_password'])
        expect(endpoint.body).not.toContain(await platform.secret(name));
    });
  });

  test('the machine is the machine, and not a container: memory, load, disks and network are those of its own /proc', async () => {
    const meminfo = await readFile('/proc/meminfo', 'utf8');
    const total = Number(/^MemTotal:\s+(\d+)/m.exec(meminfo)?.[1]) * 1024;
    expect(await platform.value('system_memory_limit_bytes')).toBe(total);
    const devices = async () => {
      const lines = (await readFile('/proc/1/net/dev', 'utf8')).split('\n').slice(2).filter(Boolean);
      return new Map(
        lines.map(
          (line) => [line.trim().split(':')[0] ?? '', Number(line.split(':')[1]?.trim().split(/\s+/)[0])] as const,
        ),
      );
    };
    const before = await devices();
    const measured = await platform.query('system_network_io_bytes_total{direction="receive"}');
    const after = await devices();
    expect(measured.length).toBeGreaterThan(0);
    for (const { metric, value } of measured) {
      // What was read some seconds ago is no more than now, and not the little of a container that has just started.
      expect(after.get(metric.device ?? ''), metric.device).toBeGreaterThanOrEqual(Number(value[1]));
      expect(Number(value[1])).toBeGreaterThanOrEqual((before.get(metric.device ?? '') ?? 0) * 0.5);
    }
    const { stdout } = await execa('df', ['--output=used', '--block-size=1', '/']);
    const used = await platform.value('system_filesystem_usage_bytes{mountpoint="/", state="used"}');
    expect(Math.abs((used ?? 0) / Number(stdout.split('\n')[1]) - 1)).toBeLessThan(0.1);
    const cores = await platform.value('system_cpu_logical_count');
    expect(cores).toBe((await readFile('/proc/cpuinfo', 'utf8')).match(/^processor/gm)?.length);
  });

  describe('seen from elsewhere', () => {
    test('a local user of the machine finds no address of the Docker socket, and no file of its proxy', async () => {
      expect(
        await inspect('onyx-metrics-docker', '{{.HostConfig.NetworkMode}} {{json .NetworkSettings.Ports}}'),
      ).toMatch(/^none (null|\{\})$/);
      const volume = await engine.docker([
        'volume',
        'inspect',
        '--format',
        '{{.Mountpoint}}',
        'onyx_onyx-metrics-docker',
      ]);
      const { exitCode } = await engine.exec(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', 'ls', volume],
        { reject: false },
      );
      expect(exitCode).not.toBe(0);
    });

    test('the proxy lets statistics pass, and neither files, logs, processes nor anything that writes', async () => {
      const socket = path.join(
        await engine.docker(['volume', 'inspect', '--format', '{{.Mountpoint}}', 'onyx_onyx-metrics-docker']),
        'docker.sock',
      );
      const id = await inspect('redis', '{{.Id}}');
      const asked = async (path: string, ...args: string[]) =>
        (await engine.http(`http://docker${path}`, { args: ['--unix-socket', socket, ...args] })).status;
      for (const path of [
        '/_ping',
        '/version',
        '/containers/json',
        `/v1.41/containers/${id}/json`,
        `/containers/${id}/stats?stream=false&one-shot=true`,
      ])
        expect(await asked(path), path).toBe(200);
      for (const path of [
        `/containers/${id}/archive?path=/run/secrets/redis_password`,
        ...['export', 'logs?stdout=1', 'top', 'changes', 'attach/ws'].map((what) => `/containers/${id}/${what}`),
        ...[
          '/images/json',
          '/info',
          '/secrets',
          '/volumes',
          '/networks',
          '/system/df',
          '/',
          '/containers/json/../../info',
        ],
        `/containers/${id}/json/%2e%2e/archive?path=/etc/passwd`,
      ])
        expect(await asked(path, '--path-as-is'), path).toBe(403);
      for (const method of ['POST', 'DELETE', 'PUT'])
        expect(await asked(`/containers/${id}/json`, '--request', method), method).toBe(403);
      expect(await engine.docker(['logs', 'onyx-onyx-metrics-docker-1'])).not.toContain('containers/');
    });

    test('a neighbouring container finds closed ports, or is asked for a password', async () => {
      const from = async (service: string, port: number, asked = '/') => {
        const script = `fetch('http://${service}:${port}${asked}').then(({ status }) => console.log(status), () => console.log('closed'))`;
        return engine.docker(['exec', 'onyx-suna-1', 'node', '-e', script]);
      };
      const doors = await Promise.all([
        from(collector, 9207, '/metrics'),
        from(collector, 4316, '/v1/metrics'),
        from(collector, 8888, '/metrics'),
        from(prometheus, 9090, '/api/v1/labels'),
        from('onyx-metrics-alertmanager', 9093, '/api/v2/status'),
        from('onyx-metrics-grafana', 3000, '/api/search'),
        from('onyx-metrics-docker', 2375),
        from('onyx-metrics-containers', 4317),
      ]);
      // Without a body there is nothing to take at 4316: it says so before it asks.
      expect(doors).toEqual([
        '401',
        expect.stringMatching(/^40[15]$/),
        'closed',
        '401',
        '401',
        '401',
        'closed',
        'closed',
      ]);
      const forged = `fetch('http://${collector}:4316/v1/metrics', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(({ status }) => console.log(status))`;
      expect(await engine.docker(['exec', 'onyx-suna-1', 'node', '-e', forged])).toBe('401');
    });

    test('from outside only the published ports answer, and those on the loopback address alone', async () => {
      const { stdout } = await engine.sh('ss -Hltn', {});
      const open = String(stdout)
        .split('\n')
        .map((line) => line.trim().split(/\s+/)[3] ?? '');
      expect(open.filter((one) => /:(3000|3001|9090|9093)$/.test(one)).sort()).toEqual([
        '127.0.0.1:3000',
        '127.0.0.1:3001',
        '127.0.0.1:9090',
        '127.0.0.1:9093',
      ]);
      expect(open.filter((one) => !one.startsWith('127.0.0.'))).toEqual([]);
    });

    test('no secret stands in what Docker shows of a container, nor in its log', async () => {
      const names = [
        'metrics_password',
        'prometheus_password',
        'grafana_admin_password',
        'grafana_secret_key',
        'otlp_token',
        'user_id_key',
        'postgres_metrics_password',
        'redis_password',
        'qdrant_api_key',
        'litellm_master_key',
      ];
      const values = await Promise.all(names.map((name) => platform.secret(name)));
      for (const service of ours) {
        const shown = await engine.docker(['inspect', `onyx-${service}-1`]);
        const { all } = await engine.exec('docker', ['logs', `onyx-${service}-1`], { all: true });
        for (const [index, value] of values.entries()) {
          expect(shown.includes(value), `${names[index]} in inspect of ${service}`).toBe(false);
          expect(String(all).includes(value), `${names[index]} in the log of ${service}`).toBe(false);
        }
      }
    });
  });

  describe('health checks of the platform', () => {
    /** The command of a service's check, its interval in seconds, and the container. */
    async function check(service: string) {
      const [interval = '', ...test] = JSON.parse(
        await inspect(
          service,
          '[{{json .Config.Healthcheck.Interval}}{{range .Config.Healthcheck.Test}},{{json .}}{{end}}]',
        ),
      ) as [number, ...string[]];
      return { container: `onyx-${service}-1`, seconds: Number(interval) / 1e9, command: test.slice(1) };
    }
    const checked = ['suna', 'onyx', 'db', 'redis', 'litellm'];

    test('take less than a millisecond of CPU a second', async () => {
      for (const service of checked) {
        const { container, seconds, command } = await check(service);
        const rounds = 20;
        const script = `i=0; while [ $i -lt ${rounds} ]; do "$@" >/dev/null || exit 1; i=$((i+1)); done; times`;
        const said = await engine.docker(['exec', container, 'sh', '-c', script, 'sh', ...command]);
        // The last line of `times` is user and system time of the children.
        const used = [...(said.split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
        const milliseconds = used.reduce(
          (sum, [, minutes, rest]) => sum + Number(minutes) * 60_000 + Number(rest) * 1000,
          0,
        );
        expect(milliseconds / rounds / seconds, service).toBeLessThan(slowness());
      }
    });

    test('end by themselves when nobody answers, so that they cannot pile up', async () => {
      const { container, command } = await check('suna');
      const table = async () => (await engine.docker(['top', container, '-eo', 'pid,args'])).split('\n').slice(1);
      const program = Number.parseInt((await table()).find((line) => /^\s*\d+\s+node /.test(line)) ?? '', 10);
      process.kill(program, 'SIGSTOP');
      try {
        const asked = await Promise.all(
          Array.from({ length: 5 }, () => engine.exec('docker', ['exec', container, ...command], { reject: false })),
        );
        for (const { exitCode } of asked) expect(exitCode).not.toBe(0);
        const streak = () => inspect('suna', '{{.State.Health.FailingStreak}}').then(Number);
        await expect.poll(streak, { timeout: 120_000 }).toBeGreaterThanOrEqual(2);
        const left = (await table()).filter((line) => /^\s*\d+\s+bash /.test(line));
        expect(left.length).toBeLessThanOrEqual(1);
      } finally {
        process.kill(program, 'SIGCONT');
      }
      await expect.poll(() => inspect('suna', '{{.State.Health.Status}}'), { timeout: 120_000 }).toBe('healthy');
      await platform.areUp();
    });
  });

  describe('after a fault', () => {
    /** Kills the program of a container as the kernel would; `docker kill` counts as a wish of the operator. */
    async function kill(service: string): Promise<void> {
      process.kill(Number(await inspect(service, '{{.State.Pid}}')), 'SIGKILL');
    }
    const restarts = async (service: string) => Number(await inspect(service, '{{.RestartCount}}'));
    const chats = () => platform.value('sum(onyx_chat_duration_seconds_count{service="suna"})');

    test('each of ours that is killed comes back by itself, and nothing is lost', async () => {
      const before = await chats();
      for (const service of ours) await kill(service);
      for (const service of ours) await expect.poll(() => restarts(service), soon).toBeGreaterThan(0);
      await platform.areUp();
      await expect.poll(chats, soon).toBe(before);
      await expect
        .poll(() => platform.value('count(container_memory_usage_total_bytes)'), soon)
        .toBe(ours.length + theirs.length);
    });

    test('each service that is killed comes back by itself', async () => {
      for (const service of theirs) await kill(service);
      for (const service of theirs) await expect.poll(() => restarts(service), soon).toBeGreaterThan(0);
      await platform.areUp();
    });

    test('who is stopped or paused is down, nobody else is, and both come back', async () => {
      await engine.docker(['stop', '--time', '2', 'onyx-qdrant-1']);
      await engine.docker(['pause', 'onyx-redis-1']);
      await platform.areUp(six.filter((name) => name !== 'qdrant' && name !== 'redis'));
      await expect.poll(() => platform.alerts('ServiceDown'), soon).toEqual(['qdrant', 'redis']);
      await engine.docker(['start', 'onyx-qdrant-1']);
      await engine.docker(['unpause', 'onyx-redis-1']);
      await platform.areUp();
    });

    test('a proxy of the Docker socket that is gone, before and after, costs the metrics of containers only', async () => {
      // Its reader has a stream of events open all the time.
      await reference.compose('stop', 'onyx-metrics-docker');
      expect(await inspect('onyx-metrics-docker', '{{.State.ExitCode}}')).toBe('0');
      await engine.docker(['restart', '--time', '2', 'onyx-onyx-metrics-containers-1']);
      await expect.poll(() => restarts('onyx-metrics-containers'), soon).toBeGreaterThan(0);
      await expect.poll(() => platform.value('count(container_memory_usage_total_bytes)'), soon).toBeUndefined();
      await platform.areUp();
      await engine.docker(['start', 'onyx-onyx-metrics-docker-1']);
      await expect
        .poll(() => platform.value('count(container_memory_usage_total_bytes)'), soon)
        .toBe(ours.length + theirs.length);
    });

    test('a collector without memory is ended by the kernel, and is back with more', async () => {
      const container = `onyx-${collector}-1`;
      // A limit below what is used already is refused.
      const limited = async (size: string) => {
        await engine.docker(['stop', '--time', '2', container]);
        await engine.docker(['update', '--memory', size, '--memory-swap', size, container]);
        await engine.docker(['start', container]);
      };
      await limited('16m');
      await expect.poll(() => restarts(collector), soon).toBeGreaterThan(0);
      await limited('1g');
      await platform.areUp();
    });

    test('a collector that lost its network is back with it', async () => {
      await engine.docker(['network', 'disconnect', 'manus-network', `onyx-${collector}-1`]);
      await platform.areUp([]);
      await engine.docker(['network', 'connect', '--alias', collector, 'manus-network', `onyx-${collector}-1`]);
      await platform.areUp();
    });

    test('an engine that restarts brings everything back, and history with it', async () => {
      const before = await chats();
      await engine.restart();
      await platform.areUp();
      await expect.poll(chats, soon).toBe(before);
    });
  });

  test('stops by itself within the time that it has', async () => {
    await reference.compose('stop', ...ours);
    for (const service of ours) {
      const [code, killed] = (await inspect(service, '{{.State.ExitCode}} {{.State.OOMKilled}}')).split(' ');
      expect([service, code, killed]).toEqual([service, '0', 'false']);
    }
  });
});
