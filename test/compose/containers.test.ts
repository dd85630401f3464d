// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GoBuild } from '../../collector-config/go-builds.ts';
import { endpoints } from '../../otel/src/catalogue.ts';
import { binary } from '../../services/native/binaries.ts';
import { namespacesAllowed } from '../namespaces.ts';
import type { Outcome, Question, Run } from './containers-worker.ts';
import { overlayFile, type Project, platformFile, project, root, type Service } from './project.ts';

/*
 * Everything the overlay mounts is run, at its path in the container, by the real programs, with the users, rights and file systems
 * that the Compose file gives them, in namespaces of their own.
 */

const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child'];
const allowed = await namespacesAllowed(namespaces);

/** Where the images have their program, and which of ours it is. */
const programs: Readonly<Record<string, readonly [program: string, build: GoBuild['name']]>> = {
  'onyx-metrics-collector': ['/otelcol-contrib', 'otelcol'],
  'onyx-metrics-prometheus': ['/bin/prometheus', 'prometheus'],
  'onyx-metrics-alertmanager': ['/bin/alertmanager', 'alertmanager'],
};
const jobs = [...endpoints, 'prometheus'];

describe.skipIf(!allowed)('the overlay, without Docker', () => {
  let folder: string;
  let secrets: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'onyx-overlay-'));
    secrets = path.join(folder, 'secrets');
    await execa('sh', ['services/secrets.sh'], { cwd: root, env: { ONYX_SECRETS_DIR: secrets } });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const secret = (name: string) => readFile(path.join(secrets, name), 'utf8');

  async function run(
    names: readonly string[],
    until: readonly Question[],
    env: Record<string, string> = {},
  ): Promise<Outcome> {
    const merged: Project = await project([platformFile, overlayFile], { env: { ONYX_SECRETS_DIR: secrets, ...env } });
    const services = await Promise.all(
      names.map(async (name) => {
        const [program = '', build = 'otelcol'] = programs[name] ?? [];
        const service = merged.services[name] as Service;
        // What fires before Alertmanager is found would be told a minute later.
        const hastened = build === 'prometheus' ? ['--rules.alert.resend-delay=1s'] : [];
        const command = [...(service.command ?? []), ...hastened];
        return [name, { ...service, command, program, binary: await binary(build as GoBuild['name']) }] as const;
      }),
    );
    const request: Run = {
      services: Object.fromEntries(services),
      secrets: merged.secrets,
      hosts: Object.keys(merged.services),
      until,
    };
    const file = path.join(folder, `${names.length}-${Object.keys(env).length}.json`);
    await writeFile(file, JSON.stringify(request));
    const worker = path.join(import.meta.dirname, 'containers-worker.ts');
    const { stdout } = await execa('unshare', [...namespaces, process.execPath, '--import', 'tsx', worker, file], {
      cwd: root,
      timeout: 100_000,
      killSignal: 'SIGKILL', // `--kill-child` passes it on
    });
    return JSON.parse(stdout) as Outcome;
  }

  describe('collector, Prometheus and Alertmanager', () => {
    let outcome: Outcome;
    let questions: Question[];

    beforeAll(async () => {
      const prometheus = { credentials: `admin:${await secret('prometheus_password')}` };
      const collector = { credentials: `admin:${await secret('metrics_password')}` };
      // As the host calls them: neither where they are mounted in the container nor the files that are.
      const disks = '^200 (?!.*mountpoint="/(hostfs|etc)).*system_filesystem_usage.*mountpoint="/"';
      questions = [
        ...jobs.map((job) => ({
          ...prometheus,
          url: `http://127.0.0.1:9090/api/v1/query?query=up{job="${job}"}`,
          answer: '"1"\\]',
        })),
        { ...prometheus, url: 'http://127.0.0.1:9090/api/v1/alertmanagers', answer: 'onyx-metrics-alertmanager:9093' },
        { ...prometheus, url: 'http://127.0.0.1:9090/api/v1/rules', answer: 'ServiceDown' },
        { ...prometheus, url: 'http://127.0.0.1:9093/api/v2/alerts', answer: 'Watchdog' },
        {
          ...collector,
          url: 'http://127.0.0.1:9207/metrics',
          answer: 'container_memory_usage_total.*container="redis"',
        },
        { ...collector, url: 'http://127.0.0.1:9207/metrics', answer: disks },
        { url: 'http://127.0.0.1:9090/api/v1/query?query=up', answer: '^401' },
        { url: 'http://127.0.0.1:9201/metrics', answer: '^401' },
      ];
      outcome = await run(Object.keys(programs), questions);
    });

    test('work together from the files that are mounted, each as its user on a file system it cannot write to', () => {
      const wrong = outcome.answers.flatMap(({ as, said }, index) => (as ? [] : [`${questions[index]?.url}: ${said}`]));
      expect(wrong).toEqual([]);
    });

    test('stop by themselves, in less than the time that they are given', () => {
      for (const [name, { code, seconds, log }] of Object.entries(outcome.ended)) {
        expect(code, `${name}: ${log}`).toBe(0);
        expect(seconds, name).toBeLessThan(20);
      }
    });

    test('keep their data in their volumes', () => {
      expect(outcome.volumes['onyx-metrics-prometheus']).toMatchObject({ owner: 65534 });
      expect(outcome.volumes['onyx-metrics-prometheus']?.files).toBeGreaterThan(0);
      expect(outcome.volumes['onyx-metrics-alertmanager']?.files).toBeGreaterThan(0);
    });

    test('ask Docker for nothing but what the proxy lets pass', () => {
      expect(outcome.docker.length).toBeGreaterThan(0);
      const passed = /^(GET \/(v[\d.]+\/)?(containers\/[\w/]+|events|version|_ping)|HEAD \/_ping)$/;
      expect(outcome.docker.filter((request) => !passed.test(request))).toEqual([]);
    });
  });

  test('the collector starts without a Docker socket, and with the numbers of the business', async () => {
    const questions = [
      { url: 'http://127.0.0.1:13133', answer: '^200 ' },
      // What it says of itself names the receiver of SQL, whose database is not there.
      { url: 'http://127.0.0.1:8888/metrics', answer: 'receiver="sqlquery"' },
    ];
    const { answers, docker } = await run(['onyx-metrics-collector'], questions, {
      ONYX_CONTAINERS: '0',
      ONYX_BUSINESS: '1',
    });
    expect(answers.filter(({ as }) => !as)).toEqual([]);
    expect(docker).toEqual([]);
  });
});
