// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { foreign } from '../../grafana/src/signals/foreign.ts';
import { serviceUp } from '../../grafana/src/signals/services.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';
import { root } from '../../services/native/environment.ts';
import { slowness } from '../slowness.ts';
import type { Engine } from './helpers/engine.ts';
import { Neighbour } from './helpers/neighbour.ts';
import { type Overlaid, six, soon, until } from './helpers/overlaid.ts';
import { ours, Reference, theirs } from './helpers/reference.ts';
import { dockerAllowed } from './helpers/requirement.ts';
import { Runaway } from './helpers/runaway.ts';

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
    const count = (more: string) => platform.value(`sum(onyx_chat_duration_seconds_count{service="suna"${more}})`);
    expect(await reference.rows()).toEqual({
      chats: await count(''),
      failedChats: (await count(',success="false"')) ?? 0,
    });
  });

  test('the verifier finds nothing broken, as in native mode', async () => {
    const report = await reference.verify();
    // As in the tests of native mode (test/e2e/verify.test.ts): a busy machine may be over 10 ms, but each endpoint was measured.
    const times = report.rows.filter(({ check }) => check === 'scrape-time');
    expect(report.rows.filter((row) => row.verdict === 'fail' && !times.includes(row))).toEqual([]);
    expect(report.counts.pass).toBeGreaterThan(20);
    const measured = new Map(
      times.map((row) => [row.subject, row.verdict === 'not checked' ? row.reason : row.measured]),
    );
    for (const endpoint of [...six, 'infra'])
      expect(measured.get(endpoint), endpoint).toMatch(/^p50 [\d.]+ ms, p95 .*Prometheus' own p95/);
    for (const service of ['qdrant', 'litellm', 'redis', 'supabase'])
      expect(measured.get(`${service}, as the collector reads it`), service).toMatch(/[\d.]+ ms in 15 minutes/);
  });

  describe('containers', () => {
    test('each has series of its own, under the names that boards read', async () => {
      const names = Object.keys(foreign).filter((name) => name.startsWith('container_'));
      expect(names.length).toBeGreaterThan(0);
      for (const name of names)
        await expect.poll(() => platform.query(name), { ...soon, message: name }).not.toEqual([]);
      const measured = async () => {
        const samples = await platform.query('container_memory_usage_total_bytes');
        return samples.map(({ metric }) => metric.container).sort();
      };
      await expect.poll(measured, soon).toEqual([...ours, ...theirs].map((name) => `onyx-${name}-1`).sort());
    });

    test('their memory, CPU, restarts and age are what Docker says', async () => {
      const names = [...ours, ...theirs].map((service) => `onyx-${service}-1`);
      const measured = async (metric: string) => {
        const samples = await platform.query(`max by (container) (${metric})`);
        return new Map(samples.map(({ metric: { container = '' }, value }) => [container, Number(value[1])]));
      };
      const format = '{{.Name}} {{.MemPerc}}';
      const others = async () => {
        const said = (await engine.docker(['stats', '--no-stream', '--format', format])).split('\n');
        const percent = await measured('container_memory_percent_ratio or container_memory_percent');
        expect(said).toHaveLength(names.length);
        return said.filter((line) => {
          const [name = '', memory = ''] = line.split(' ');
          return !(Math.abs((percent.get(name) ?? Number.NaN) - Number.parseFloat(memory)) < 5);
        });
      };
      // One may take more or less just then.
      await expect.poll(others, soon).toEqual([]);

      // By the engine's own counters: no less than they were, no more than they are.
      const used = async (name: string) => {
        const asked = `http://docker/containers/${name}/stats?stream=false&one-shot=true`;
        const { body } = await engine.http(asked, { args: ['--unix-socket', '/run/docker.sock'] });
        return (JSON.parse(body) as { cpu_stats: { cpu_usage: { total_usage: number } } }).cpu_stats.cpu_usage
          .total_usage;
      };
      const before = await Promise.all(names.map(used));
      const late = async () => {
        const cpu = await measured('container_cpu_usage_nanoseconds_total');
        return names.filter((name, index) => !((cpu.get(name) ?? -1) >= (before[index] ?? 0)));
      };
      await expect.poll(late, soon).toEqual([]);
      const cpu = await measured('container_cpu_usage_nanoseconds_total');
      const age = await measured('container_uptime_seconds');
      const restarts = await measured('container_restarts_total');
      for (const name of names) {
        expect(cpu.get(name), name).toBeLessThanOrEqual(await used(name));
        const [count, started = ''] = (
          await engine.docker(['inspect', '--format', '{{.RestartCount}} {{.State.StartedAt}}', name])
        ).split(' ');
        expect(restarts.get(name), name).toBe(Number(count));
        const seconds = (Date.now() - Date.parse(started)) / 1000;
        // What is seen was read up to three intervals ago.
        expect(age.get(name), name).toBeLessThanOrEqual(seconds);
        expect(age.get(name), name).toBeGreaterThan(seconds - 90);
      }
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
      const ofContainer = [
        ...['archive?path=/run/secrets/redis_password', 'export', 'logs?stdout=1', 'top', 'changes', 'attach/ws'],
        ...['', 'json/', 'json/..', 'json%00', 'json%0a', 'json;x', 'json/%2e%2e/archive?path=/etc/passwd'],
        ...['../json/../../info', '%6ason', 'stats/../logs?stdout=1', 'stats%2f..%2flogs?stdout=1'],
      ].map((what) => `containers/${id}/${what}`);
      for (const path of [
        ...ofContainer,
        ...['images/json', 'images/get?names=redis:7.4-alpine', 'images/redis:7.4-alpine/get', 'info', 'system/df'],
        ...['secrets', 'configs', 'volumes', 'networks', 'swarm', 'nodes', 'services', 'tasks', 'plugins', 'session'],
        ...[`exec/${id}/json`, 'build', 'auth', 'grpc', 'debug/vars', 'distribution/redis/json', 'v1.41/info'],
        ...['', '/containers/json', '/info', './info', 'containers//json', 'containers/json/../../info', 'v1.41//info'],
        ...['_ping/../info', '_ping%2f..%2finfo', 'v1.41/../info', 'v1./containers/json', 'Containers/json', 'metrics'],
        ...['containers/redis/json', `containers/${id}x/json`, `containers/${id.slice(0, 11)}/json`, '%2e%2e/info'],
      ])
        expect(await asked(`/${path}`, '--path-as-is'), path).toBe(403);
      // As a proxy is asked, in two ways, and with what a server does not see of an address.
      for (const target of ['http://docker/info', 'docker/info', '/containers/json#/../../info', '*'])
        expect([400, 403], target).toContain(await asked('/_ping', '--request-target', target));
      const methods = ['POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'Get', 'POST ', 'X'];
      for (const method of methods)
        for (const path of [`/containers/${id}/json`, '/containers/json', '/_ping'])
          expect([400, 403], `${method} ${path}`).toContain(await asked(path, '--request', method));
      // After an upgrade the proxy would not see the requests. haproxy itself leaves out the one to HTTP/2, and refuses half a one to a websocket.
      const upgraded = (protocol: string) => asked('/_ping', '-H', 'Connection: Upgrade', '-H', `Upgrade: ${protocol}`);
      expect(await upgraded('tcp')).toBe(403);
      expect([400, 403]).toContain(await upgraded('websocket'));
      expect(await upgraded('h2c')).toBe(200);
      expect(await asked('/_ping', '--http2-prior-knowledge')).toBe(200);
      expect(await asked('/info', '--http2-prior-knowledge')).toBe(403);
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

    test('another machine finds no port of this one, and is asked for a password where the engine lets it through to containers', async () => {
      const neighbour = await Neighbour.start(engine, '203.0.113.5', '203.0.113.1');
      onTestFinished(() => neighbour.stop());
      const ports = [3000, 3001, 9090, 9093, 4316, 4318, 8888, 9207, 13133, 2375];
      const answers = await Promise.all(ports.map((port) => neighbour.status(`http://203.0.113.1:${port}/`)));
      expect(answers).toEqual(ports.map(() => 0));
      // Engines before 28 pass on what is sent to the address of a container, published or not, where the machine forwards.
      for (const [service, port, path] of [
        [collector, 4316, '/v1/metrics'],
        [collector, 4318, '/v1/metrics'],
        ...[1, 2, 3, 4, 5, 6, 7, 8].map((endpoint) => [collector, 9200 + endpoint, '/metrics'] as const),
        [prometheus, 9090, '/api/v1/labels'],
        ['onyx-metrics-alertmanager', 9093, '/api/v2/status'],
        ['onyx-metrics-grafana', 3000, '/api/search'],
      ] as const)
        expect([0, 401], `${service}:${port}`).toContain(
          await neighbour.status(`http://${await address(service)}:${port}${path}`),
        );
      expect(await neighbour.status(`http://${await address(collector)}:8888/metrics`)).toBe(0);
    });

    test('no secret stands in what Docker shows of a container and its image, nor in its log, nor in an argument list', async () => {
      const names = [
        'metrics_password',
        'prometheus_password',
        'grafana_admin_password',
        'grafana_secret_key',
        'otlp_token',
        'user_id_key',
        'postgres_metrics_password',
        'postgres_password',
        'redis_password',
        'qdrant_api_key',
        'litellm_master_key',
      ];
      const values = await Promise.all(names.map((name) => platform.secret(name)));
      for (const service of [...ours, ...theirs]) {
        const container = `onyx-${service}-1`;
        const image = await inspect(service, '{{.Image}}');
        const shown = await Promise.all([
          engine.docker(['inspect', container]),
          engine.exec('docker', ['logs', container], { all: true }).then(({ all }) => String(all)),
          // A local user of the machine sees them too.
          engine.docker(['top', container, '-ww', '-eo', 'pid,args']),
          engine.docker(['image', 'inspect', image]),
          engine.docker(['history', '--no-trunc', image]),
        ]);
        for (const [index, value] of values.entries())
          expect(
            shown.map((text) => text.includes(value)),
            `${names[index]} in ${service}`,
          ).toEqual([false, false, false, false, false]);
      }
    });
  });

  describe.each(['on the machine', 'in a container'])('behind nginx %s, as the guide lays it out', (where) => {
    const names = ['grafana', 'prometheus', 'alertmanager'] as const;
    let inside: Neighbour;
    let outside: Neighbour;
    let stopNginx: () => Promise<unknown>;

    beforeAll(async () => {
      [inside, outside] = await Promise.all([
        Neighbour.start(engine, '10.0.0.7', '10.0.0.1'),
        Neighbour.start(engine, '203.0.113.5', '203.0.113.1'),
      ]);
      stopNginx = where === 'in a container' ? await nginxInContainer() : await nginxOnMachine();
      await until(
        () => inside.status('http://10.0.0.1/'),
        (status) => status !== 0,
      );
    }, 120_000);
    afterAll(() => Promise.all([stopNginx?.(), inside?.stop(), outside?.stop()]));

    async function nginxInContainer(): Promise<() => Promise<unknown>> {
      const include = path.join(reference.secrets, 'nginx.conf');
      await writeFile(include, 'include onyx-metrics/monitoring.conf;\n');
      await engine.docker([
        ...['run', '--detach', '--name', 'nginx', '--network', 'manus-network', '--publish', '80:80'],
        ...['--volume', `${root}/collector-config/nginx:/etc/nginx/onyx-metrics:ro`],
        ...['--volume', `${include}:/etc/nginx/conf.d/monitoring.conf:ro`, 'nginx:1.28.0-alpine'],
      ]);
      return () => engine.docker(['rm', '--force', 'nginx']);
    }

    async function nginxOnMachine(): Promise<() => Promise<unknown>> {
      const folder = path.join(reference.secrets, 'nginx');
      await cp(path.join(root, 'collector-config/nginx'), path.join(folder, 'onyx-metrics'), { recursive: true });
      const file = path.join(folder, 'onyx-metrics/monitoring.conf');
      const here = (await readFile(file, 'utf8'))
        .replace('onyx-metrics-grafana:3000', '127.0.0.1:3001')
        .replace('onyx-metrics-prometheus:9090', '127.0.0.1:9090')
        .replace('onyx-metrics-alertmanager:9093', '127.0.0.1:9093');
      await writeFile(file, here);
      const main = `pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\ninclude onyx-metrics/monitoring.conf;\n}\n`;
      await writeFile(path.join(folder, 'nginx.conf'), main);
      const asked = ['-p', folder, '-e', 'stderr', '-c', path.join(folder, 'nginx.conf'), '-g', 'daemon off;'];
      const env = { PATH: `${process.env.PATH}:/usr/sbin` };
      await engine.exec('nginx', ['-t', ...asked], { env });
      const server = engine.exec('nginx', asked, { env, reject: false });
      return async () => {
        server.kill('SIGTERM');
        await server;
      };
    }

    const visit = (from: Neighbour, name: (typeof names)[number], asked: string, ...args: readonly string[]) =>
      from.status(`http://10.0.0.1${asked}`, '-H', `Host: ${name}.internal.example`, ...args);

    test('people of the internal network are asked for their passwords, and nobody else gets so far', async () => {
      const asked = { grafana: '/api/search', prometheus: '/api/v1/labels', alertmanager: '/api/v2/status' };
      for (const name of names) {
        const password = await platform.secret(name === 'grafana' ? 'grafana_admin_password' : 'prometheus_password');
        expect(await visit(inside, name, asked[name]), name).toBe(401);
        expect(await visit(inside, name, asked[name], '--user', `admin:${password}`), name).toBe(200);
        expect(await visit(outside, name, asked[name], '--user', `admin:${password}`), name).toBe(403);
        expect(await visit(outside, name, '/', '--head', '-H', 'X-Forwarded-For: 10.0.0.7'), name).toBe(403);
      }
      expect(await visit(inside, 'grafana', '/')).toBe(302);
      expect(await visit(inside, 'grafana', '/metrics')).toBe(404);
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
    const kill = (service: string) => engine.kill(`onyx-${service}-1`);
    const restarts = async (service: string) => Number(await inspect(service, '{{.RestartCount}}'));
    const containers = () => platform.value('count(container_memory_usage_total_bytes)');
    /** Of all of Suna's processes there have been, from storage. */
    const chats = () => platform.value('sum(max_over_time(onyx_chat_duration_seconds_count{service="suna"}[2h]))');

    test('each of ours and each service that is killed comes back by itself, and nothing is lost', async () => {
      const before = await chats();
      // A Prometheus that is killed marks no series as ended: a container removed just before would be seen for five minutes more.
      await expect.poll(containers, soon).toBe(ours.length + theirs.length);
      for (const service of [...ours, ...theirs]) await kill(service);
      for (const service of [...ours, ...theirs]) await expect.poll(() => restarts(service), soon).toBeGreaterThan(0);
      await platform.areUp();
      await expect.poll(chats, soon).toBe(before);
      await expect.poll(containers, soon).toBe(ours.length + theirs.length);
    });

    describe.each([
      ['exited', 'stop', 'start'],
      ['paused', 'pause', 'unpause'],
    ])('%s', (state, begin, end) => {
      const containersOf = (services: readonly string[]) => services.map((service) => `onyx-${service}-1`);
      async function leave(...services: string[]): Promise<void> {
        const left = services.map(async (service) => {
          // Docker 20.10 cannot always freeze one that is short of CPU.
          const attempt = () => engine.exec('docker', [begin, `onyx-${service}-1`], { reject: false });
          await until(
            () => attempt().then(() => inspect(service, '{{.State.Status}}')),
            (status) => status === state,
          );
        });
        await Promise.all(left);
      }
      const bringBack = (...services: string[]) => engine.docker([end, ...containersOf(services)]);
      const besideThePath = ours.filter((service) => service !== collector && service !== prometheus);

      /** What the panel "Services" of the home board shows, by service. */
      async function board(): Promise<Record<string, string>> {
        const samples = await platform.query(serviceUp.queries[0]?.expr ?? '');
        const { states }: Signal = serviceUp;
        return Object.fromEntries(
          samples.map(({ metric, value: [, up] }) => [metric.service, states?.[Number(up)]?.text ?? up]),
        );
      }

      const services = ['suna', 'onyx'] as const;
      /** Chats without a content, which each refuses before it asks anybody. Adds to the ledger what was answered so. */
      async function refuse(ledger: Record<(typeof services)[number], number>): Promise<void> {
        const script = `for (const url of ['http://127.0.0.1:3000/api/chat', 'http://onyx:8080/chat']) {
          let refused = 0;
          for (let i = 0; i < 5; i++) refused += (await fetch(url, { method: 'POST' }).catch(() => ({}))).status === 400;
          console.log(refused);
        }`;
        const ask = ['exec', 'onyx-suna-1', 'node', '--input-type=module', '--eval', script];
        const [suna = 0, onyx = 0] = (await engine.docker(ask)).split('\n').map(Number);
        ledger.suna += suna;
        ledger.onyx += onyx;
      }
      async function counted() {
        const count = (service: string) =>
          platform.counted(
            `http_server_request_duration_seconds_count{service="${service}", http_response_status_code="400"}`,
          );
        const [suna, onyx] = await Promise.all([count('suna'), count('onyx')]);
        return { suna, onyx };
      }

      test('each service is down, and ours are missed; it is back as Docker lets it, and nothing is lost', async () => {
        onTestFinished(async () => {
          for (const container of containersOf([...ours, ...theirs]))
            await engine.exec('docker', [end, container], { reject: false });
        });
        await platform.areUp();
        const ledger = await counted();
        // Those that are stopped send it as their last values.
        await refuse(ledger);
        await leave(...theirs, ...besideThePath);
        await expect.poll(board, soon).toEqual(Object.fromEntries(six.map((name) => [name, 'Down'])));
        const told = (name: string) => expect.poll(() => platform.alerts(name), soon);
        await told('ServiceDown').toEqual(['litellm', 'qdrant', 'redis', 'supabase']);
        await told('ServiceSilent').toEqual(['onyx', 'suna']);
        await expect.poll(containers, soon).toBeUndefined();
        for (const name of ['grafana', 'alertmanager'] as const)
          expect((await platform.ask(name, '/', ['--max-time', '2'])).status, name).toBe(0);
        await bringBack('litellm');
        await platform.areUp(['litellm']);

        await bringBack(...theirs.filter((service) => service !== 'litellm'), ...besideThePath);
        await leave(collector);
        await platform.areUp([]);
        await expect.poll(board, soon).toEqual({});
        await told('CollectorDown').toEqual(['']);
        const exported = structuredClone(ledger);
        await expect
          .poll(async () => {
            await refuse(ledger);
            return services.filter((service) => ledger[service] === exported[service]);
          }, soon)
          .toEqual([]);

        await bringBack(collector);
        await leave(prometheus);
        expect((await platform.ask('prometheus', '/', ['--max-time', '2'])).status).toBe(0);
        await refuse(ledger);
        await bringBack(prometheus);
        await platform.areUp();
        await expect.poll(counted, soon).toEqual(ledger);
        await expect.poll(containers, soon).toBe(ours.length + theirs.length);
        const firing = async () => (await platform.ask('alertmanager', '/api/v2/alerts')).body;
        await expect.poll(firing, soon).toContain('Watchdog');
        await expect.poll(async () => (await platform.ask('grafana', '/api/search')).status, soon).toBe(200);
      }, 900_000);
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
      await expect.poll(containers, soon).toBe(ours.length + theirs.length);
    });

    /** Lets each have the memory that Docker must give at least, in which none but Redis starts; returns what gives back what they had, once. */
    async function starve(services: readonly string[]): Promise<() => Promise<unknown>> {
      // Docker takes it of one that runs or waits, and not of one that has just ended.
      const limited = (service: string, size: string) => {
        const update = ['update', '--memory', size, '--memory-swap', size, `onyx-${service}-1`];
        return expect.poll(() => engine.docker(update).then(() => 'taken', String), soon).toBe('taken');
      };
      const starved = async (service: string) => {
        // A limit below what is used already is refused.
        await engine.docker(['stop', '--time', '2', `onyx-${service}-1`]);
        await limited(service, '6m');
        await engine.docker(['start', `onyx-${service}-1`]);
      };
      const had = await Promise.all(services.map((service) => inspect(service, '{{.HostConfig.Memory}}')));
      await Promise.all(services.map(starved));
      let given: Promise<unknown> | undefined;
      return () => {
        // Docker starts each again by itself; it cannot always stop one that it has just begun to start. A service that had no limit may have
        // more than any of them takes.
        given ??= Promise.all(
          services.map((service, index) => limited(service, had[index] === '0' ? '4g' : `${had[index]}`)),
        );
        return given;
      };
    }

    test('a service out of memory is ended by the kernel and down, nobody else is, and it is back with more', async () => {
      const relieve = await starve(theirs);
      onTestFinished(async () => void (await relieve()));
      const fill =
        'head -c 20000000 /dev/zero | REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli -x set full';
      await engine.exec('docker', ['exec', 'onyx-redis-1', 'sh', '-c', fill], { reject: false });
      for (const service of theirs) await expect.poll(() => restarts(service), soon).toBeGreaterThan(0);
      // Without what filled it Redis has room again.
      await platform.areUp(['redis']);
      await expect.poll(() => platform.alerts('ServiceDown'), soon).toEqual(['litellm', 'qdrant', 'supabase']);
      await expect.poll(() => platform.alerts('ServiceSilent'), soon).toEqual(['onyx', 'suna']);
      await relieve();
      await platform.areUp();
    });

    test('each of ours out of memory is ended by the kernel, and is back with more and what it had recorded', async () => {
      const before = await chats();
      const relieve = await starve(ours);
      onTestFinished(async () => void (await relieve()));
      for (const service of ours) await expect.poll(() => restarts(service), soon).toBeGreaterThan(0);
      await relieve();
      await platform.areUp();
      await expect.poll(chats, soon).toBe(before);
    });

    test('one of ours that runs away has no more cores and processes than its limits, and all is up afterwards', async () => {
      const limits = '{{.State.Pid}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}';
      for (const service of ours) {
        const [pid = 0, nanoCpus = 0, pids = 0] = (await inspect(service, limits)).split(' ').map(Number);

        const busy = await Runaway.start(pid, 'cpu', 'while :; do :; done');
        onTestFinished(() => busy.stop());
        const throttled = () => busy.counted('cpu.stat', 'nr_throttled');
        const [begin, used, before] = [performance.now(), await busy.cpuSeconds(), await throttled()];
        await expect.poll(throttled, soon).toBeGreaterThan(before + 20);
        const cores = (1000 * ((await busy.cpuSeconds()) - used)) / (performance.now() - begin);
        await busy.stop();
        // The kernel keeps the books of 100 ms each, on every core.
        expect(cores, `cores of ${service}`).toBeLessThan(1.2 * nanoCpus * 1e-9 + 0.02);

        const many = await Runaway.start(pid, 'pids', `for i in $(seq ${pids}); do sleep 3600 & done`);
        onTestFinished(() => many.stop());
        expect(await many.exitCode(), `${service} has ${pids} processes more`).not.toBe(0);
        expect(await many.counted('pids.events', 'max'), service).toBeGreaterThan(0);
        await many.stop();
      }
      await platform.areUp();
      for (const service of ours) expect(await inspect(service, '{{.State.Status}}'), service).toBe('running');
    });

    test('a collector that lost its network is back with it', async () => {
      await engine.docker(['network', 'disconnect', 'manus-network', `onyx-${collector}-1`]);
      await platform.areUp([]);
      await engine.docker(['network', 'connect', '--alias', collector, 'manus-network', `onyx-${collector}-1`]);
      await platform.areUp();
    });

    test('a network that was removed is back with one `up`, and everything with it', async () => {
      const before = await chats();
      // One that ends for want of it is started again, and may have joined again by then.
      const attached = '{{range .Containers}}{{.Name}} {{end}}';
      const remove = async () => {
        const names = await engine.docker(['network', 'inspect', '--format', attached, 'manus-network']);
        for (const name of names.split(' ').filter(Boolean))
          await engine.docker(['network', 'disconnect', '--force', 'manus-network', name], { reject: false });
        await engine.docker(['network', 'rm', 'manus-network'], { reject: false });
        return engine.docker(['network', 'ls', '--quiet', '--filter', 'name=^manus-network$']);
      };
      await expect.poll(remove, soon).toBe('');
      await platform.areUp([]);
      await reference.compose('up', '--detach', '--no-build');
      await platform.areUp();
      await expect.poll(chats, soon).toBe(before);
    });

    test('an engine that restarts brings everything back, and history with it', async () => {
      const before = await chats();
      await engine.restart();
      await platform.areUp();
      await expect.poll(chats, soon).toBe(before);
    });

    /** Starts one of ours again, with a small volume of its own; returns what fills that, and what makes room again. */
    async function onSmallDisk(service: string, size: string) {
      const disk = `/run/small-disk-of-${service}`;
      const volume = `onyx_${service}`;
      await reference.compose('rm', '--stop', '--force', service);
      await engine.docker(['volume', 'rm', volume]);
      await engine.sh(`mkdir ${disk} && mount -t tmpfs -o size=${size},uid=65534,gid=65534 tmpfs ${disk}`);
      const labels = ['project=onyx', `volume=${service}`].flatMap((label) => [
        '--label',
        `com.docker.compose.${label}`,
      ]);
      const place = ['type=none', 'o=bind', `device=${disk}`].flatMap((option) => ['--opt', option]);
      await engine.docker(['volume', 'create', ...labels, ...place, volume]);
      await reference.compose('up', '--detach', '--no-build', service);
      return {
        fill: () => engine.sh(`dd if=/dev/zero of=${disk}/ballast bs=64k`, { reject: false }),
        free: () => engine.sh(`rm ${disk}/ballast`),
      };
    }

    test('a full disk of Prometheus is told, no service is called up or down, and it goes on when there is room', async () => {
      const { fill, free } = await onSmallDisk(prometheus, '64m');
      await platform.areUp();

      await fill();
      const full = Date.now() / 1000;
      const told = async () => {
        const { body } = await platform.ask('prometheus', '/api/v1/alerts');
        const { data } = JSON.parse(body) as { data: { alerts: { labels: { alertname: string } }[] } };
        return data.alerts.map(({ labels: { alertname } }) => alertname);
      };
      await expect.poll(told, soon).toContain('NothingRecorded');
      expect(await platform.up(full + 15)).toEqual([]);
      expect(
        await platform.value(`count(onyx:service_up == 0 and timestamp(onyx:service_up) > ${full})`),
      ).toBeUndefined();

      await free();
      await platform.areUp();
      await expect.poll(told, soon).not.toContain('NothingRecorded');
      // What it could not write whole it drops when it starts, and everything after that, as the runbook says.
      await reference.compose('restart', prometheus);
      await platform.areUp();
      expect(await platform.value('min_over_time(timestamp(onyx:service_up{service="suna"})[1h:15s])')).toBeLessThan(
        full,
      );
    });

    test('a full disk of Alertmanager stops no notification, and what it was told meanwhile is kept once there is room', async () => {
      const service = 'onyx-metrics-alertmanager';
      const { fill, free } = await onSmallDisk(service, '1m');
      const isTold = () =>
        expect
          .poll(() => platform.ask('alertmanager', '/api/v2/alerts').then(({ body }) => body), soon)
          .toContain('Watchdog');
      await isTold();
      await fill();
      const silence = await platform.silence('TargetDown');
      await platform.hasSilence(silence);
      expect(await restarts(service)).toBe(0);
      await free();
      await reference.compose('restart', service);
      await platform.hasSilence(silence);
      await isTold();
    });
  });

  test('a canary that one more file adds finds the known document, and is no user', async () => {
    const chats = 'sum(max_over_time(onyx_chat_duration_seconds_count[1h]))';
    const before = await platform.value(chats);
    await reference.addCanary();
    const asked = (result: string) => platform.value(`sum(onyx_canary_questions_total{result="${result}"})`);
    await expect.poll(() => asked('right'), soon).toBeGreaterThan(0);
    expect(await asked('wrong_document')).toBe(0);
    expect(await platform.value(chats)).toBe(before);
  });

  test('stops by itself within the time that it has', async () => {
    await reference.compose('stop', ...ours);
    for (const service of ours) {
      const [code, killed] = (await inspect(service, '{{.State.ExitCode}} {{.State.OOMKilled}}')).split(' ');
      expect([service, code, killed]).toEqual([service, '0', 'false']);
    }
  });
});
