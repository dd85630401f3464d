// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../services/native/environment.ts';
import { Engine } from './helpers/engine.ts';
import { copyOfRepository } from './helpers/images.ts';
import { Operator } from './helpers/operator.ts';
import { Overlaid, six, soon } from './helpers/overlaid.ts';
import { dockerAllowed } from './helpers/requirement.ts';

/*
 * README and guides, followed to the letter by an operator with a platform that is not the reference one, on a real engine. Each test is
 * the next thing he does.
 */

const guides = 'docs/guides';
const join = `${guides}/join.md`;
const attach = `${guides}/attach.md`;
const verify = `${guides}/verify.md`;
const credentials = `${guides}/credentials.md`;
const beTold = `${guides}/be-told.md`;
const collector = `${guides}/collector.md`;
const upgrade = `${guides}/upgrade-and-remove.md`;
const readme = 'README.md';
const pages = [join, attach, verify, credentials, beTold, collector, upgrade, readme].map((page) =>
  path.join('.', page),
);
const dsn = 'https://0123456789abcdef@o1.ingest.sentry.example/1';

describe.skipIf(!(await dockerAllowed()))('an operator', () => {
  let engine: Engine;
  let parent: string;
  let origin: string;
  let operator: Operator;
  let platform: Overlaid;

  beforeAll(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'onyx-guides-'));
    origin = path.join(parent, 'origin');
    await copyOfRepository(origin);
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'The release before');
    engine = await Engine.start();
    // As a newcomer has it not.
    await engine.docker(['rmi', '--force', 'onyx-metrics-collector:0.152.0']);
    operator = await newcomer('acme');
    platform = new Overlaid(engine, path.join(operator.folder, 'secrets'));
    await operator.do('docker compose up -d');
  });
  afterAll(async () => {
    await engine?.stop();
    await operator?.leave();
    await rm(parent, { recursive: true, force: true });
  });

  // Who could not do one thing cannot do the next, and would only wait for it.
  let stuck = false;
  beforeEach(({ skip, onTestFailed }) => {
    if (stuck) skip('a step before it failed');
    onTestFailed(() => {
      stuck = true;
    });
  });

  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: origin });

  /** With the platform in a folder of his own, and dotenvx installed in it. */
  async function newcomer(project: string): Promise<Operator> {
    const folder = path.join(parent, project);
    await mkdir(folder);
    await cp(path.join(import.meta.dirname, 'platform'), folder, { recursive: true });
    await writeFile(path.join(folder, 'db_password'), 'the-password-acme-has-had-for-years');
    // As some editors leave it: its last line has no end.
    await writeFile(path.join(folder, '.env'), `SENTRY_DSN=${dsn}`);
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    return Operator.start(engine, folder, 'test/docker/guides.test.ts', pages, { '<this repository>': origin });
  }

  /** What is installed here need not be installed in every clone. */
  const packages = (folder: string) =>
    symlink(path.join(root, 'node_modules'), path.join(folder, 'onyx-metrics/node_modules'));

  /** What the platform's own passwords are goes where the guide says. */
  async function ownPasswords(folder: string): Promise<void> {
    for (const [name, value] of [
      ['qdrant_api_key', 'the-key-acme-has-had-for-years'],
      ['litellm_master_key', 'sk-the-key-acme-has-had-for-years'],
      ['redis_password', ''],
    ] as const)
      await writeFile(path.join(folder, 'secrets', name), value);
  }

  /** Container ids by service, of the whole project. */
  async function containers(): Promise<Record<string, string>> {
    const format = '{{.Label "com.docker.compose.service"}} {{.ID}}';
    const lines = (await engine.docker(['ps', '--format', format])).split('\n').filter(Boolean);
    return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]));
  }
  const ofPlatform = (all: Record<string, string>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('onyx-metrics-')));

  test('gets the repository and makes the secrets', async () => {
    await operator.follow(join, 'git clone');
    await packages(operator.folder);
    await operator.follow(join, 'secrets.sh');
    await ownPasswords(operator.folder);
    await operator.follow(join, 'role.sql');
  });

  test('says which services send metrics, is told of nothing that would go wrong, and starts', async () => {
    await operator.follow(join, 'run attach');
    expect(await operator.follow(join, 'preflight.sh')).toBe('');
    await operator.follow(join, 'up -d');
    expect(Object.keys(await containers())).toEqual(expect.arrayContaining(['onyx-metrics-collector', 'suna']));
  });

  test('sees six services up, and containers and the machine measured', async () => {
    await platform.areUp();
    await expect.poll(() => platform.value('count(container_memory_usage_total_bytes)'), soon).toBe(12);
    await expect.poll(() => platform.value('count(system_memory_usage_bytes)'), soon).toBeGreaterThan(0);
  });

  /** What clients of the platform did, written down by them alone. */
  const driven = { chats: 30, failed: 3, users: 5, visits: 20 };

  test('finds exactly what clients did, of the Python service and of the Next.js front end', async () => {
    await operator.do(`for i in $(seq ${driven.chats}); do
  curl -sS -o /dev/null -X POST "http://localhost:8080/chat?user=user-$((i % ${driven.users}))&fail=$([ $((i % 10)) = 0 ] && echo true || echo false)"
done
for i in $(seq ${driven.visits}); do curl -fsS -o /dev/null http://localhost:3000/users/$i; done`);
    await counted();
  });

  async function counted(): Promise<void> {
    const chats = (success: string) => platform.value(`sum(onyx_chat_duration_seconds_count{success="${success}"})`);
    await expect.poll(() => chats('true'), soon).toBe(driven.chats - driven.failed);
    await expect.poll(() => chats('false'), soon).toBe(driven.failed);
    const visits = 'sum(http_server_request_duration_seconds_count{service="suna", http_route="/users/[id]"})';
    await expect.poll(() => platform.value(visits), soon).toBe(driven.visits);
  }

  test('proves it from a container that has Node and nothing else', async () => {
    const guide = await readFile(path.join(root, verify), 'utf8');
    const [, settings = ''] = /^```json\n(.*?)^```$/ms.exec(guide) ?? [];
    await writeFile(path.join(operator.folder, 'secrets/verify.json'), settings);
    // On a machine that is busy it may find that something is slow.
    const said = await operator.follow(verify, 'verify.mjs').catch(({ message }: Error) => message);
    expect(said).toMatch(/\d+ passed, \d+ failed, \d+ not checked/);
    const kept = [
      'suna',
      'onyx',
      'qdrant',
      'supabase',
      'redis',
      'litellm',
      'RAG Performance',
      'login',
      'metrics endpoints',
      'Prometheus and Alertmanager',
    ];
    for (const subject of kept) expect(said).toMatch(new RegExp(`│ ${subject} +│ pass `));
  });

  test('checks the configuration of the collector and lets it be read again', async () => {
    await operator.follow(collector, 'SIGHUP');
    await operator.do('unset COMPOSE_FILE');
    await platform.areUp();
  });

  test('detaches his services, of which nothing of the preload is left', async () => {
    await operator.follow(attach, 'rm docker-compose.otel.attach.yml');
    expect(await engine.docker(['ps', '--all', '--quiet', '--filter', 'name=preload'])).toBe('');
    expect(await engine.docker(['volume', 'ls', '--quiet', '--filter', 'name=preload'])).toBe('');
    const { suna = '' } = await containers();
    expect(await engine.docker(['inspect', suna])).not.toContain('register.cjs');
    await platform.areUp(six.filter((name) => name !== 'onyx' && name !== 'suna'));
  });

  test('changes every credential of ours, and the old ones are refused', async () => {
    const before = await platform.secret('prometheus_password');
    const endpoint = await platform.secret('metrics_password');
    await operator.follow(credentials, 'rm -f secrets/prometheus_password');
    await operator.follow(credentials, '--force-recreate');
    await operator.do(`rm -f secrets/metrics_password secrets/otlp_token secrets/grafana_admin_password secrets/postgres_metrics_password
sh onyx-metrics/services/secrets.sh
echo "ALTER ROLE onyx_metrics PASSWORD '$(cat secrets/postgres_metrics_password)'" | docker compose exec -T db psql -q -U postgres
docker compose -f docker-compose.yml -f onyx-metrics/docker-compose.otel.yml up -d --force-recreate \\
  onyx-metrics-collector onyx-metrics-containers onyx-metrics-prometheus`);
    await operator.follow(credentials, 'reset-admin-password');
    await platform.areUp(six.filter((name) => name !== 'onyx' && name !== 'suna'));
    await expect.poll(() => platform.ask('grafana', '/api/search').then(({ status }) => status), soon).toBe(200);
    const address = 'http://localhost:9090/api/v1/query?query=up';
    expect((await engine.http(address, { credentials: `admin:${before}` })).status).toBe(401);
    const infra = await infraEndpoint(endpoint);
    expect(infra.status).toBe(401);
    expect((await infraEndpoint(await platform.secret('metrics_password'))).status).toBe(200);
    // Containers are sent with the new password too.
    await expect.poll(() => platform.value('count(container_memory_usage_total_bytes)'), soon).toBe(12);
  });

  test('is told of alerts by Slack once he has written a file', async () => {
    await operator.follow(beTold, 'secrets/notify/slack');
    await operator.follow(beTold, '--force-recreate');
    const status = () => platform.ask('alertmanager', '/api/v2/status').then(({ body }) => body);
    await expect.poll(status, soon).toContain('slack_configs');
    expect(await status()).not.toContain('xxx');
  });

  /** The endpoint `infra` of the collector, by its address on the platform's network. */
  async function infraEndpoint(password: string) {
    const { 'onyx-metrics-collector': id = '' } = await containers();
    const format = '{{with index .NetworkSettings.Networks "acme_manus-network"}}{{.IPAddress}}{{end}}';
    const address = await engine.docker(['inspect', '--format', format, id]);
    return engine.http(`http://${address}:9207/metrics`, { credentials: `prometheus:${password}` });
  }

  test('encrypts his .env, and his service gets what he had written', async () => {
    await operator.follow(credentials, 'dotenvx encrypt');
    expect(await readFile(path.join(operator.folder, '.env'), 'utf8')).not.toContain(dsn);
    await operator.follow(credentials, 'dotenvx run');
    const { suna = '' } = await containers();
    const format = '{{range .Config.Env}}{{println .}}{{end}}';
    expect(await engine.docker(['inspect', '--format', format, suna])).toContain(`SENTRY_DSN=${dsn}`);
  });

  let silence: string;

  test('upgrades: what has changed starts anew, nothing else does, and history stays', async () => {
    silence = await platform.silence('TargetDown');
    await engine.docker(['tag', 'prom/alertmanager:v0.34.2', 'prom/alertmanager:v0.34.3']);
    const overlay = path.join(origin, 'docker-compose.otel.yml');
    await writeFile(
      overlay,
      (await readFile(overlay, 'utf8')).replace('prom/alertmanager:v0.34.2', 'prom/alertmanager:v0.34.3'),
    );
    await git('commit', '--quiet', '--all', '--message', 'A release');
    // dotenvx keeps its keys next to what it encrypted, and `docker compose` alone would hand on what is encrypted.
    await operator.do('npx dotenvx decrypt -k SENTRY_DSN');
    await operator.follow(upgrade, 'export COMPOSE_FILE');
    await operator.do('docker compose up -d');
    const before = await containers();
    await operator.follow(upgrade, 'git -C onyx-metrics pull');
    const after = await containers();
    const { 'onyx-metrics-alertmanager': was, ...others } = before;
    expect(after).toMatchObject(others);
    expect(after['onyx-metrics-alertmanager']).not.toBe(was);
    await platform.hasSilence(silence);
    expect(await recorded()).toBe(driven.chats);
  });

  /** The chats of long ago, from storage. */
  const recorded = () =>
    platform.value('sum(max by (success, user_id, instance) (max_over_time(onyx_chat_duration_seconds_count[2h])))');

  test('backs up, loses everything, and restores it', async () => {
    await operator.follow(upgrade, 'tar czf');
    await operator.do(`docker compose stop onyx-metrics-prometheus onyx-metrics-alertmanager
for volume in prometheus alertmanager; do
  docker run --rm -v "\${project}_onyx-metrics-$volume:/data" busybox:1.37.0 sh -c 'rm -rf /data/* && date >/data/ruins'
done`);
    await operator.follow(upgrade, 'tar xzpf');
    await expect.poll(recorded, soon).toBe(driven.chats);
    await platform.hasSilence(silence);
    await platform.areUp(six.filter((name) => name !== 'onyx' && name !== 'suna'));
  });

  test('removes everything of ours, and his own services never notice', async () => {
    const before = ofPlatform(await containers());
    await operator.follow(upgrade, 'rm -sf');
    await operator.follow(upgrade, '_onyx-metrics-prometheus ');
    await operator.follow(upgrade, 'DROP ROLE');
    expect(await containers()).toEqual(before);
    expect(
      await operator.do('docker compose exec -T db psql -U postgres -Atc "SELECT rolname FROM pg_roles"'),
    ).not.toContain('onyx_metrics');
    for (const kind of ['network', 'volume'])
      expect(await engine.docker([kind, 'ls', '--quiet', '--filter', 'name=onyx-metrics']), kind).toBe('');
    await operator.do('unset COMPOSE_FILE; docker compose -f docker-compose.yml down --volumes');
  });

  test('who reads the README only has what needs no code of his measured', async () => {
    const reader = await newcomer('readme');
    try {
      await reader.do('docker compose up -d db redis qdrant litellm');
      await reader.follow(readme, 'git clone');
      await ownPasswords(reader.folder);
      await reader.follow(readme, 'preflight.sh');
      const seen = new Overlaid(engine, path.join(reader.folder, 'secrets'));
      await seen.areUp(['litellm', 'qdrant', 'redis']);
    } finally {
      await reader.leave();
    }
  });
});
