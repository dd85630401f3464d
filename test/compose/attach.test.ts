// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { access, chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { attachFile } from '../../services/attach/attach-file.ts';
import { readSettings } from '../../services/native/environment.ts';
import { type Collector, startCollector } from '../collector/helpers/collector.ts';
import { folderOfFile } from '../folder.ts';
import { installed } from '../otel/helpers/installed.ts';
import { typed } from '../typed.ts';
import { overlayFile, type Project, project, root, type Service } from './project.ts';

const fixture = (name: string) => path.join(import.meta.dirname, 'fixtures', name);

/** A platform with NODE_OPTIONS from wherever Compose takes them, networks of each kind, and services that cannot be attached. */
const platform = {
  name: 'chat',
  services: {
    suna: {
      image: 'suna:2.4',
      command: ['node', 'server.cjs'],
      environment: { NODE_OPTIONS: '--max-old-space-size=384 --title=$$suna', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      secrets: ['session_key'],
      volumes: ['uploads:/uploads'],
      depends_on: ['redis'],
      networks: { 'manus-network': { aliases: ['web'] } },
    },
    gateway: { image: 'gateway:1', env_file: './gateway.env', command: 'npm start', networks: ['edge'] },
    jobs: { build: { context: './jobs' } },
    agent: { image: 'agent:3', environment: ['NODE_OPTIONS=', 'OTEL_SERVICE_NAME=scout'], networks: ['manus-network'] },
    host: { image: 'agent:3', network_mode: 'host' },
    onyx: { image: 'onyx:1.2', command: 'python worker.py', networks: ['manus-network'] },
    preloaded: { image: 'onyx:1.2', command: ['node', '--require', 'otel/register', 'server.mjs'] },
    vendor: {
      image: 'v:1',
      command: 'node .',
      environment: { NODE_OPTIONS: '', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://v/m' },
    },
    elsewhere: {
      image: 'v:1',
      command: 'python .',
      environment: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://v/m' },
    },
    own: {
      image: 'own:1',
      command: 'node own-sdk.cjs',
      environment: {
        NODE_OPTIONS: '',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://backend:4318',
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of-the-backend',
        OTEL_METRIC_EXPORT_INTERVAL: '60000',
        OTEL_RESOURCE_ATTRIBUTES: 'team=a,service.name=shop',
      },
      networks: ['manus-network'],
    },
    baked: { build: { context: './baked' } },
    off: { image: 'o:1', command: 'node .', environment: { OTEL_SDK_DISABLED: 'True' } },
    mute: { image: 'o:1', command: 'node .', environment: { OTEL_METRICS_EXPORTER: 'none' } },
    pythonic: { image: 'p:1', command: 'python .', environment: { PYTHONPATH: '/onyx-metrics/python' } },
    nameless: { image: 'o:1', command: 'node .', environment: { NODE_OPTIONS: '', OTEL_SERVICE_NAME: '' } },
    sidecar: { image: 's:1', command: 'node .', network_mode: 'service:suna' },
    java: { image: 'closed:java' },
    closed: { image: 'registry.example/closed:7', networks: ['manus-network'] },
    redis: { image: 'redis:7.4-alpine', networks: ['manus-network'] },
  },
  networks: { 'manus-network': { internal: true }, edge: {} },
  volumes: { uploads: {} },
  secrets: { session_key: { file: './secrets/session_key' } },
};

const folder = folderOfFile();
let env: Record<string, string>;

beforeAll(async () => {
  await writeFile(path.join(folder, 'docker-compose.yml'), stringify(platform));
  await writeFile(path.join(folder, 'gateway.env'), 'NODE_OPTIONS=--enable-source-maps\n');
  await copyFile(fixture('server.cjs'), path.join(folder, 'server.cjs'));
  await copyFile(fixture('worker.py'), path.join(folder, 'worker.py'));
  await copyFile(fixture('own-sdk.cjs'), path.join(folder, 'own-sdk.cjs'));
  await mkdir(path.join(folder, 'secrets'));
  for (const name of ['user_id_key', 'otlp_token'])
    await writeFile(path.join(folder, 'secrets', name), 'a-secret-of-this-test-long-enough');
  // A stand-in for Docker's own program: there is no engine here to build images in.
  await mkdir(path.join(folder, 'bin'));
  const docker = path.join(folder, 'bin/docker');
  const images = {
    'onyx:1.2': { Env: ['PYTHON_VERSION=3.12.1', 'PYTHONPATH=/app/lib'] },
    'chat-jobs': { Env: ['NODE_VERSION=22.1.0', 'NODE_OPTIONS=--dns-result-order=ipv4first'] },
    'chat-baked': { Env: ['NODE_VERSION=22.1.0', 'OTEL_SDK_DISABLED=true'] },
    'closed:java': { Env: ['JAVA_HOME=/opt/java'], Entrypoint: ['java'] },
  };
  const answers = Object.entries(images).map(([image, config]) => `${image}) echo '${JSON.stringify(config)}' ;;`);
  await writeFile(
    docker,
    `#!/bin/sh\ncase "$5" in\n${answers.join('\n')}\n*) echo "No such image: $5" >&2; exit 1 ;;\nesac\n`,
  );
  await chmod(docker, 0o755);
  env = { ONYX_METRICS_DIR: root, PATH: `${path.join(folder, 'bin')}:${process.env.PATH}` };
});
afterEach(() => rm(path.join(folder, attachFile), { force: true }));

/** As the user calls it; npm itself takes half a second of that. */
const attachAsTyped = (command: string, others: readonly string[] = []) =>
  typed(command, {
    as: (text) => [text.replace('--prefix onyx-metrics', `--silent --prefix ${root}`), ...others].join(' '),
    cwd: folder,
    env,
    reject: false,
  });
const attach = (args: readonly string[], more: Record<string, string> = {}, file = 'docker-compose.yml') =>
  execa(process.execPath, ['services/native/bootstrap.mjs', 'services/attach/attach.ts', file, ...args], {
    cwd: root,
    env: { ...env, INIT_CWD: folder, ...more },
    reject: false,
  });
const load = (files: readonly string[]) => project(files, { directory: folder, env });
const wrote = () =>
  access(path.join(folder, attachFile)).then(
    () => true,
    () => false,
  );

describe('npm run attach', () => {
  let before: Project;
  let after: Project;
  let text: string;

  beforeAll(async () => {
    const documented = 'npm --prefix onyx-metrics run attach -- docker-compose.yml suna gateway=web jobs --python onyx';
    const { exitCode, stderr, stdout } = await attachAsTyped(documented, ['agent', 'own']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('docker compose -f docker-compose.yml -f ');
    text = await readFile(path.join(folder, attachFile), 'utf8');
    const overlay = path.join(root, overlayFile);
    before = await load(['docker-compose.yml', overlay]);
    after = await load(['docker-compose.yml', overlay, attachFile]);
  });

  const service = (name: string) => after.services[name] as Service;

  test('appends the preload to NODE_OPTIONS of a file, of an env_file, of an image or of nobody', () => {
    const options = ['suna', 'gateway', 'jobs', 'agent'].map((name) => service(name).environment?.NODE_OPTIONS);
    expect(options).toEqual([
      '--max-old-space-size=384 --title=$suna --require=/onyx-metrics/register.cjs',
      '--enable-source-maps --require=/onyx-metrics/register.cjs',
      '--dns-result-order=ipv4first --require=/onyx-metrics/register.cjs',
      '--require=/onyx-metrics/register.cjs',
    ]);
  });

  test('names services by their key, by what was asked for, or as they call themselves', () => {
    const names = ['suna', 'gateway', 'jobs', 'agent', 'onyx'].map(
      (name) => service(name).environment?.OTEL_SERVICE_NAME,
    );
    expect(names).toEqual(['suna', 'web', 'jobs', 'scout', 'onyx']);
  });

  test('sends metrics, and only metrics, to the collector, with its token', () => {
    for (const name of ['suna', 'gateway', 'jobs']) {
      expect(service(name).environment).toMatchObject({
        ONYX_OTLP_METRICS_ENDPOINT: 'http://onyx-metrics-collector:4318/v1/metrics',
        ONYX_OTLP_TOKEN_FILE: '/run/secrets/onyx_metrics_otlp_token',
      });
    }
    const otlp = (name: string) =>
      Object.entries(service(name).environment ?? {}).filter(([variable]) => variable.startsWith('OTEL_EXPORTER_'));
    expect([otlp('suna'), otlp('gateway')]).toEqual([[['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc']], []]);
  });

  test('gives a Python service the same, with the folder of its preload before what PYTHONPATH was', () => {
    expect(service('onyx').environment).toEqual({
      PYTHONPATH: '/onyx-metrics/python:/app/lib',
      OTEL_SERVICE_NAME: 'onyx',
      ONYX_OTLP_METRICS_ENDPOINT: 'http://onyx-metrics-collector:4318/v1/metrics',
      ONYX_OTLP_TOKEN_FILE: '/run/secrets/onyx_metrics_otlp_token',
      ONYX_USER_ID_KEY_FILE: '/run/secrets/onyx_metrics_user_id_key',
    });
  });

  test('has services wait for the preload, which one that ends by itself puts into a volume they can only read', () => {
    for (const name of ['suna', 'gateway', 'jobs', 'agent', 'onyx']) {
      expect(service(name).depends_on).toMatchObject({
        'onyx-metrics-preload': { condition: 'service_completed_successfully' },
      });
      expect(service(name).volumes).toContainEqual(
        expect.objectContaining({ source: 'onyx-metrics-preload', target: '/onyx-metrics', read_only: true }),
      );
    }
    expect(service('onyx-metrics-preload')).toMatchObject({
      image: expect.stringMatching(/^busybox:\d+\.\d+\.\d+$/),
      restart: 'no',
      network_mode: 'none',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('adds the network of the collector where it is missing, and takes none away', () => {
    const networks = ['suna', 'gateway', 'jobs', 'agent'].map((name) =>
      Object.keys(service(name).networks ?? {}).sort(),
    );
    expect(networks).toEqual([
      ['manus-network'],
      ['edge', 'manus-network'],
      ['default', 'manus-network'],
      ['manus-network'],
    ]);
    expect(service('suna').networks).toEqual(before.services.suna?.networks);
  });

  test('changes nothing else, neither of the services it attaches nor of others', () => {
    const changed = ['depends_on', 'environment', 'networks', 'secrets', 'volumes'];
    for (const [name, service] of Object.entries(before.services)) {
      const rest = (all: object = {}) =>
        Object.fromEntries(Object.entries(all).filter(([key]) => !changed.includes(key)));
      expect(rest(after.services[name]), name).toEqual(rest(service));
      for (const [variable, value] of Object.entries(service.environment ?? {}))
        if (variable !== 'NODE_OPTIONS') expect(after.services[name]?.environment?.[variable], variable).toBe(value);
      for (const part of ['volumes', 'secrets'] as const)
        expect(after.services[name]?.[part] ?? [], name).toEqual(expect.arrayContaining([...(service[part] ?? [])]));
      expect(after.services[name]?.depends_on ?? {}, name).toMatchObject(service.depends_on ?? {});
    }
    for (const name of ['redis', 'preloaded', 'onyx-metrics-prometheus'])
      expect(after.services[name]).toEqual(before.services[name]);
    expect(text.split('\n').length).toBeLessThan(120);
  });

  describe('what it wrote', () => {
    let collector: Collector;

    /** Where the preload is in a container. */
    let volume: string;

    beforeAll(async () => {
      volume = path.join(folder, 'volume');
      await mkdir(volume);
      const [shell = '', flag = '', copy = ''] = service('onyx-metrics-preload').command ?? [];
      const source = service('onyx-metrics-preload').volumes?.find(({ type }) => type === 'bind')?.source ?? '';
      await execa(shell, [
        flag,
        copy.replaceAll('/from/', `${path.dirname(source)}/`).replaceAll('/onyx-metrics/', `${volume}/`),
      ]);
      const token = after.secrets.onyx_metrics_otlp_token?.file ?? '';
      collector = await startCollector({ ONYX_OTLP_TOKEN_FILE: token }, ['collector.token.yaml']);
    });
    afterAll(() => collector?.stop());

    /** Runs a service as Docker would, from the folder of the platform, with what is a path or a name in a container found here. */
    const natively = (name: string, volume: string, program: string, more: Record<string, string> = {}) => {
      const here = (value: string) =>
        value
          .replace('/onyx-metrics/', `${volume}/`)
          .replace('onyx-metrics-collector:4318', new URL(collector.otlp).host)
          .replace(/^\/run\/secrets\//, '')
          .replace(/^onyx_metrics_(user_id_key|otlp_token)$/, (secret) => after.secrets[secret]?.file ?? '');
      const { command, environment = {} } = service(name);
      const variables = Object.entries({ ...environment, OTEL_METRIC_EXPORT_INTERVAL: '500', ...more });
      return execa(program, command?.slice(1), {
        cwd: folder,
        env: Object.fromEntries(variables.map(([variable, value]) => [variable, here(value)])),
        extendEnv: false,
        reject: false,
      });
    };

    test('has a real Node service report to a real collector, with the options that it had before', async () => {
      const server = natively('suna', volume, process.execPath);
      try {
        const port = await new Promise<number>((resolve) => server.stdout.once('data', resolve));
        const { heap, title } = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Record<string, unknown>;
        expect({ heap: Math.round(Number(heap) / 1024 ** 2 / 100), title }).toEqual({ heap: 4, title: '$suna' });
        await expect
          .poll(async () => (await collector.scrape('suna')).body)
          .toMatch(/^http_server_request_duration_seconds_count\{[^}]*job="suna"[^}]*\} 1$/m);
      } finally {
        server.kill('SIGTERM');
        expect((await server).stderr).toBe('');
      }
    });

    test('has a service with OpenTelemetry of its own send on to where it sent, with its credentials, and report here too', async () => {
      const received: { path: string | undefined; key: unknown; orders: boolean }[] = [];
      const backend = createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray());
        const { url, headers } = request;
        received.push({ path: url, key: headers['api-key'], orders: body.includes('app_orders_total') });
        response.end();
      }).listen(0, '127.0.0.1');
      await once(backend, 'listening');
      onTestFinished(() => void backend.close());
      const { port } = backend.address() as AddressInfo;
      await rm(path.join(folder, 'node_modules'), { force: true });
      await symlink(
        path.join(await installed('@opentelemetry/api@1.9.1', '@opentelemetry/sdk-node@0.223.0'), 'node_modules'),
        path.join(folder, 'node_modules'),
      );
      const server = natively('own', volume, process.execPath, {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      });
      try {
        await expect
          .poll(() => received)
          .toContainEqual({
            path: '/v1/metrics',
            key: 'of-the-backend',
            orders: true,
          });
        await expect
          .poll(async () => (await collector.scrape('apps')).body)
          .toMatch(/^app_orders_total\{[^}]*job="own"[^}]*\} 3$/m);
        expect(received.filter(({ path }) => path !== '/v1/metrics')).toEqual([]);
      } finally {
        server.kill('SIGTERM');
        expect((await server).stderr).toBe('');
      }
    });

    test('has a real Python service report to it', async () => {
      const worker = natively('onyx', volume, readSettings().python);
      try {
        await expect
          .poll(async () => (await collector.scrape('onyx')).body)
          .toMatch(/^onyx_task_completion_total\{[^}]*job="onyx"[^}]*task_type="ingest"[^}]*\} 1$/m);
      } finally {
        worker.stdin.end();
        expect(await worker).toMatchObject({ exitCode: 0, stderr: '' });
      }
    });
  });
});

test('deleting the file is all it takes to undo it: the command changes no other', async () => {
  const listing = async () =>
    (await execa('sh', ['-c', 'find . -type f -exec sha1sum {} + | sort'], { cwd: folder })).stdout;
  const files = await listing();
  const before = await load(['docker-compose.yml']);
  const documented = 'npm --prefix onyx-metrics run attach -- docker-compose.yml --python onyx';
  expect(await attachAsTyped(documented)).toMatchObject({ exitCode: 0 });
  await rm(path.join(folder, attachFile));
  expect(await listing()).toBe(files);
  expect(await load(['docker-compose.yml'])).toEqual(before);
});

test('puts the second file into the volume where a service names instrumentations of upstream, and nowhere else', async () => {
  const filled = async (instrumentation: string) => {
    const wish = { ...platform, services: { ...platform.services, own: { ...platform.services.own } } };
    const environment = { ...wish.services.own.environment, ONYX_INSTRUMENTATION: instrumentation };
    wish.services.own = { ...wish.services.own, environment } as never;
    await writeFile(path.join(folder, 'named.yml'), stringify(wish));
    expect(await attach(['own'], {}, 'named.yml')).toMatchObject({ exitCode: 0 });
    const text = await readFile(path.join(folder, attachFile), 'utf8');
    await rm(path.join(folder, attachFile));
    return text.includes('otel/dist/instrumentations.cjs') && text.includes('/onyx-metrics/instrumentations.cjs');
  };
  expect([await filled('pg,openai'), await filled('http'), await filled('')]).toEqual([true, false, false]);
});

test('where no engine can be asked, a flag says what NODE_OPTIONS or PYTHONPATH is in the image', async () => {
  const documented =
    'npm --prefix onyx-metrics run attach -- docker-compose.yml closed --image-node-options closed=--no-deprecation';
  const { stdout } = await attachAsTyped(documented);
  expect(stdout).toContain(attachFile);
  const { services } = await load(['docker-compose.yml', path.join(root, overlayFile), attachFile]);
  expect(services.closed?.environment?.NODE_OPTIONS).toBe('--no-deprecation --require=/onyx-metrics/register.cjs');
});

test('says in one line each what a service had otherwise: a name, an interval, a place to send to', async () => {
  const { exitCode, stdout } = await attach(['own=suna', 'nameless', 'agent=suna', 'vendor']);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').slice(0, -1).join('\n')).toMatchInlineSnapshot(`
    "own calls itself shop (OTEL_RESOURCE_ATTRIBUTES in docker-compose.yml): it is called suna now, in its traces too. To keep the name, write own=shop.
    own exports every 60000 ms (OTEL_METRIC_EXPORT_INTERVAL in docker-compose.yml), and suna counts as silent after 45000 ms: the preload exports every 10000 ms, an SDK of the service's own as before.
    nameless has an empty OTEL_SERVICE_NAME in docker-compose.yml: it is called nameless now, in its traces too.
    agent calls itself scout (OTEL_SERVICE_NAME in docker-compose.yml): it is called suna now, in its traces too. To keep the name, write agent=scout."
  `);
  const { services } = await load(['docker-compose.yml', path.join(root, overlayFile), attachFile]);
  expect(services.own?.environment).toMatchObject({
    OTEL_SERVICE_NAME: 'suna',
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
    ONYX_METRIC_EXPORT_INTERVAL: '10000',
  });
  expect(services.nameless?.environment?.OTEL_SERVICE_NAME).toBe('nameless');
  expect(services.vendor?.environment?.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT).toBe('https://v/m');
});

test('refuses with one line for each service, before anything is written', async () => {
  const { exitCode, stderr, stdout } = await attach([
    'suna',
    'sun',
    'redis',
    'onyx',
    'preloaded',
    'off',
    'mute',
    'baked',
    'suna=web',
    'sidecar',
    'host',
    'closed',
    'java',
    '--python',
    'gateway',
    '--python',
    'elsewhere',
    '--python',
    'pythonic',
    '--image-pythonpath',
    'suna=/app',
    '--image-node-options',
    'ghost=--trace-warnings',
    '--image-node-options',
    'agent=--trace-warnings',
  ]);
  expect({ exitCode, stdout, written: await wrote() }).toEqual({ exitCode: 1, stdout: '', written: false });
  expect(stderr).toMatchInlineSnapshot(`
    "suna is named more than once: name it once.
    --image-node-options ghost=… is for no service of docker-compose.yml: name one that is to be attached.
    --image-node-options agent=… is for a service that is not attached: name agent too, or leave the option out.
    --image-pythonpath suna=… is for a service that is not attached: name suna too, or leave the option out.
    sun is no service of docker-compose.yml: name one of agent, baked, closed, elsewhere, gateway, host, java, jobs, mute, nameless, off, onyx, own, preloaded, pythonic, redis, sidecar, suna, vendor.
    redis runs image redis:7.4-alpine in docker-compose.yml, which is not Node: leave it out.
    onyx runs "python" in docker-compose.yml, which is Python: name it with --python, or leave it out.
    preloaded loads the preload already ("otel/register" in docker-compose.yml): leave it out.
    off has OTEL_SDK_DISABLED=True in docker-compose.yml, with which nothing would be sent: remove the variable there, or leave off out.
    mute has OTEL_METRICS_EXPORTER=none in docker-compose.yml, with which nothing would be sent: remove the variable there, or leave mute out.
    baked has OTEL_SDK_DISABLED=true in image chat-baked, with which nothing would be sent: remove the variable there, or leave baked out.
    sidecar has network_mode service:suna in docker-compose.yml, where the collector cannot be reached: attach the service whose network it is, or give it networks.
    host has network_mode host in docker-compose.yml, where the collector cannot be reached: give it networks.
    closed runs image registry.example/closed:7 in docker-compose.yml, and what NODE_OPTIONS is in it cannot be read (No such image: registry.example/closed:7): say it with --image-node-options 'closed=…', with nothing after the = if the image does not set it.
    java runs image closed:java in docker-compose.yml, which is not Node: leave it out.
    gateway runs "npm start" in docker-compose.yml, which is Node: name it without --python.
    elsewhere runs image v:1 in docker-compose.yml, and what PYTHONPATH is in it cannot be read (No such image: v:1): say it with --image-pythonpath 'elsewhere=…', with nothing after the = if the image does not set it.
    pythonic loads the preload already ("/onyx-metrics/python" in docker-compose.yml): leave it out."
  `);
});

test.each([
  [
    'a preload that is not there',
    () => attach(['suna'], { ONYX_METRICS_DIR: './elsewhere' }),
    /^.*\/elsewhere\/otel\/dist\/register\.cjs, which the services would load, is missing: run npm run build in .*ONYX_METRICS_DIR/,
  ],
  [
    'a key of the pseudonyms that is not there',
    () => attach(['suna'], { ONYX_SECRETS_DIR: './elsewhere' }),
    /^.*\/elsewhere\/user_id_key, which the services would load, is missing: run npm run secrets with ONYX_SECRETS_DIR/,
  ],
  [
    'a network that the platform has under another key',
    () => attach(['suna'], {}, path.join(import.meta.dirname, 'platforms/another-key.yml')),
    /^manus-network is no network of another-key.yml, which has backend \(called manus-network\), edge .*: set ONYX_NETWORK to the one/,
  ],
  [
    'a network that nobody has',
    () => attach(['suna'], { ONYX_NETWORK: 'manus' }),
    /^manus is no network of docker-compose.yml, which has .*manus-network.*: set ONYX_NETWORK in its \.env to one\.$/,
  ],
  ['a file that Docker would refuse', () => attach(['suna', '-f', 'gateway.env']), /gateway\.env/],
  [
    'a name that is none',
    () => attach(['suna=a b']),
    /^suna=a b names a service "a b": a letter, then .* are allowed\.$/,
  ],
  ['two names', () => attach(['suna=a=b']), /^suna=a=b names a service "a=b"/],
  [
    'no service',
    () => attach([]),
    /^No service given after docker-compose\.yml: name those that are to send metrics\.$/,
  ],
])('refuses %s, naming it, its place and the remedy', async (_, run, message) => {
  const { exitCode, stderr } = await run();
  expect(stderr).toMatch(message);
  expect({ exitCode, written: await wrote() }).toEqual({ exitCode: 1, written: false });
});

test('leaves a file of that name alone that somebody else made', async () => {
  await writeFile(path.join(folder, attachFile), 'services: {}\n');
  const { stderr } = await attach(['suna']);
  expect(stderr).toContain('was not made by this command: move it away');
  expect(await readFile(path.join(folder, attachFile), 'utf8')).toBe('services: {}\n');
});
