// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import express from 'express';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { scrapesAtOnce } from '../../collector-config/prometheus/flags.ts';
import { endpoints } from '../../otel/src/catalogue/catalogue.ts';
import { metricsApi } from '../../services/metrics-api/router.ts';
import { binary } from '../../services/native/programs/binaries.ts';
import { layOutPrometheus } from '../../services/native/stack/prometheus-folder.ts';
import { basic } from '../../services/prometheus/http-endpoint.ts';
import { folderOfFile } from '../folder.ts';
import { listening } from '../services/listening.ts';
import { overlayFile, type Project, project, root } from './project.ts';

/*
 * Prometheus and Alertmanager as the overlay starts them, behind the passwords that `npm run secrets` made: the arguments and the
 * files of the containers, with the paths and ports of this machine.
 */

const folder = folderOfFile();
let overlay: Project;
let prometheus: string;
let alertmanager: string;
const running: ReturnType<typeof execa>[] = [];

/** The secret file that a container sees at this path. */
function secretAt(service: string, target: string): string {
  const name = overlay.services[service]?.secrets?.find(
    (secret) => target === secret.target || target === `/run/secrets/${secret.target}`,
  );
  const file = overlay.secrets[name?.source ?? '']?.file;
  if (!file) throw new Error(`${service} has no secret at ${target}`);
  return file;
}

/** The arguments of a container: the file of its passwords unchanged, every other path and address as given here. */
function commandOf(service: string, here: Readonly<Record<string, string>>): string[] {
  const flags = new Map(
    (overlay.services[service]?.command ?? []).map((argument) => {
      const [flag = '', ...value] = argument.split('=');
      return [flag, value.join('=')];
    }),
  );
  const web = secretAt(service, flags.get('--web.config.file') ?? '');
  return Object.entries({ ...Object.fromEntries(flags), ...here, '--web.config.file': web }).map(
    ([flag, value]) => `${flag}=${value}`,
  );
}

async function start(program: Parameters<typeof binary>[0], args: readonly string[], url: string): Promise<string> {
  const process = execa(await binary(program), args, { all: true, reject: false });
  running.push(process);
  const ended = process.then(({ all }) => Promise.reject(new Error(`${program} ended:\n${all}`)));
  await Promise.race([vi.waitFor(() => fetch(url), { timeout: 30_000, interval: 50 }), ended]);
  return url;
}

beforeAll(async () => {
  const secrets = path.join(folder, 'secrets');
  await execa('npm', ['run', 'secrets'], { cwd: root, env: { ONYX_SECRETS_DIR: secrets } });
  overlay = await project([overlayFile], { env: { ONYX_SECRETS_DIR: secrets } });
  const at = { prometheus: `127.0.0.1:${await getPort()}`, alertmanager: `127.0.0.1:${await getPort()}` };
  const unreachable = Object.fromEntries(endpoints.map((name) => [name, '127.0.0.1:1']));
  const layout = path.join(folder, 'prometheus');
  await layOutPrometheus({
    ...{ folder: layout, secrets, addresses: { ...unreachable, ...at } },
    intervals: { scrape: 1, evaluation: 1 },
  });
  const configuration = path.join(root, 'collector-config');
  [prometheus, alertmanager] = await Promise.all([
    start(
      'prometheus',
      [
        ...commandOf('onyx-metrics-prometheus', {
          // A watchdog that fires before Alertmanager is found would be told of again a minute later.
          '--rules.alert.resend-delay': '1s',
          '--config.file': path.join(layout, 'prometheus.yml'),
          '--storage.tsdb.path': path.join(folder, 'data'),
          '--web.listen-address': at.prometheus,
        }),
        scrapesAtOnce,
      ],
      `http://${at.prometheus}`,
    ),
    start(
      'alertmanager',
      commandOf('onyx-metrics-alertmanager', {
        '--config.file': path.join(configuration, 'alertmanager/alertmanager.yml'),
        '--storage.path': path.join(folder, 'alertmanager'),
        '--web.listen-address': at.alertmanager,
      }),
      `http://${at.alertmanager}`,
    ),
  ]);
});
afterAll(async () => {
  for (const process of running) process.kill('SIGTERM');
  await Promise.all(running);
});

const as = (user: string, password: string) => ({ authorization: basic(`${user}:${password}`) });
const password = () => readFile(path.join(folder, 'secrets/prometheus_password'), 'utf8');

/** What Prometheus answers to `admin`. */
async function query(expression: string): Promise<number[]> {
  const url = `${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`;
  const answer = await fetch(url, { headers: as('admin', await password()) });
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value }) => Number(value[1]));
}

test('the web configuration is valid', async () => {
  for (const service of ['onyx-metrics-prometheus', 'onyx-metrics-alertmanager']) {
    const [file = ''] = commandOf(service, {}).flatMap(
      (argument) => /^--web\.config\.file=(.+)/.exec(argument)?.[1] ?? [],
    );
    await execa(await binary('promtool'), ['check', 'web-config', file]);
  }
});

test.each([
  ['Prometheus', () => prometheus, ['/', '/metrics', '/-/ready', '/api/v1/query?query=up', '/api/v1/status/config']],
  ['Alertmanager', () => alertmanager, ['/', '/metrics', '/-/ready', '/api/v2/alerts', '/api/v2/status']],
])('%s shows nothing to who does not know the password', async (_, url, paths) => {
  for (const page of paths) {
    for (const headers of [{}, as('admin', 'admin'), as('nobody', await password()), as('admin', '')]) {
      expect((await fetch(`${url()}${page}`, { headers })).status, page).toBe(401);
    }
    const answer = await fetch(`${url()}${page}`, { headers: as('admin', await password()) });
    // Built here without their user interface, neither has a page at its root.
    if (page !== '/') expect(answer.status, page).toBe(200);
    expect(answer.headers.get('x-content-type-options'), page).toBe('nosniff');
  }
});

test('Prometheus scrapes itself and its rules reach Alertmanager, by the password of the file', async () => {
  const alerts = async () => {
    const answer = await fetch(`${alertmanager}/api/v2/alerts`, { headers: as('admin', await password()) });
    return ((await answer.json()) as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname);
  };
  await expect.poll(() => query('up{job="prometheus"}')).toEqual([1]);
  await expect.poll(alerts).toContain('Watchdog');
});

test('the datasources of Grafana know the password that is asked for', async () => {
  const file = path.join(root, 'grafana/provisioning/datasources/prometheus.yml');
  const { datasources } = parse(await readFile(file, 'utf8')) as {
    datasources: {
      type: string;
      basicAuth: boolean;
      basicAuthUser: string;
      secureJsonData: { basicAuthPassword: string };
    }[];
  };
  const paths: Readonly<Record<string, string>> = {
    prometheus: `${prometheus}/api/v1/query?query=up`,
    alertmanager: `${alertmanager}/api/v2/alerts`,
  };
  expect(datasources.map(({ type }) => type)).toEqual(Object.keys(paths));
  for (const { type, basicAuth, basicAuthUser, secureJsonData } of datasources) {
    const target = /^\$__file\{(.+)\}$/.exec(secureJsonData.basicAuthPassword)?.[1] ?? '';
    const known = await readFile(secretAt('onyx-metrics-grafana', target), 'utf8');
    const answer = await fetch(paths[type] ?? '', { headers: basicAuth ? as(basicAuthUser, known) : {} });
    expect(answer.status, type).toBe(200);
  }
});

test('curl, promtool and amtool get in by an address with the password in it, as the runbooks say', async () => {
  const known = (url: string) => `http://admin:${secret}@${new URL(url).host}`;
  const secret = await password();
  const asked = [
    execa(await binary('promtool'), ['query', 'instant', known(prometheus), 'vector(42)']),
    execa(await binary('amtool'), ['alert', 'query', `--alertmanager.url=${known(alertmanager)}`]),
    execa('curl', ['-fsS', `${known(prometheus)}/api/v1/query?query=vector(42)`]),
  ];
  const [instant, , curl] = await Promise.all(asked);
  for (const answer of [instant, curl]) expect(answer?.stdout).toContain('42');
});

test('the metrics API asks Prometheus by it too', async () => {
  const api = metricsApi({
    prometheus: { url: prometheus, username: 'admin', password: await password() },
    ...{ username: 'reader', password: 'of the API' },
  });
  const url = await listening(express().use('/api/metrics', api));
  expect((await fetch(`${url}/api/metrics/health`, { headers: as('reader', 'of the API') })).status).toBe(200);
});
