// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { basic } from '../verify/place.ts';
import type { Mount, Service } from './project.ts';

/*
 * Runs services of the overlay from their resolved definition, each in a root file system that holds what its container would: the
 * program, what is mounted, at its path in the container, and nothing else. It is read-only but for volumes, and the program runs as the
 * service's user without any privilege. The real programs take the place of the images, which no registry here has.
 *
 * To be started in namespaces of its own (unshare --mount --net --pid): names of services are this machine, ports are nobody's.
 */

/** Container path of a service's program, and the one that is built here. */
export interface Run {
  readonly services: Readonly<Record<string, Service & { readonly program: string; readonly binary: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  /** Names that resolve to this machine. */
  readonly hosts: readonly string[];
  /** Requests that must all succeed before anything is asked; their answers are in the outcome. */
  readonly until: readonly Question[];
}

export interface Question {
  readonly url: string;
  readonly credentials?: string;
  /** What its answer must match. */
  readonly answer: string;
}

export interface Outcome {
  /** Requests that were made to the Docker socket's proxy. */
  readonly docker: readonly string[];
  /** Whether each answered as it must, and what it said last. */
  readonly answers: readonly { readonly as: boolean; readonly said: string }[];
  readonly ended: Readonly<
    Record<string, { readonly code: number | undefined; readonly seconds: number; readonly log: string }>
  >;
  /** Who owns what the services wrote into their volumes, and whether it stayed. */
  readonly volumes: Readonly<Record<string, { readonly owner: number; readonly files: number }>>;
}

/** Seconds until every question is answered: two scrapes at the intervals of production, on a busy machine. */
const limit = 60;

const file = process.argv[2] as string;
const run = JSON.parse(await readFile(file, 'utf8')) as Run;
const base = await mkdtemp(`${file}-`);
const mount = (...args: string[]) => execa('mount', args);

await execa('ip', ['link', 'set', 'lo', 'up']);
await mount('--make-rprivate', '/');
await mount('-t', 'tmpfs', 'tmpfs', base);
const docker = await standInForDocker();
const started = await Promise.all(
  Object.entries(run.services).map(async ([name, service]) => ({ name, service, ...(await start(name, service)) })),
);

const answers = await Promise.all(run.until.map(ask));
const ended = Object.fromEntries(
  await Promise.all(
    started.map(async ({ name, child }) => {
      const began = performance.now();
      child.kill('SIGTERM');
      const { exitCode, all } = await child;
      return [name, { code: exitCode, seconds: (performance.now() - began) / 1000, log: all }] as const;
    }),
  ),
);
const volumes: Record<string, { owner: number; files: number }> = {};
for (const { service } of started) {
  for (const { type, source } of service.volumes ?? []) {
    if (type !== 'volume') continue;
    const folder = path.join(base, 'volumes', source);
    const { stdout } = await execa('find', [folder, '-type', 'f']);
    volumes[source] = { owner: (await stat(folder)).uid, files: stdout.split('\n').filter(Boolean).length };
  }
}
docker.close();
const outcome: Outcome = { docker: docker.requests, answers, ended, volumes };
process.stdout.write(JSON.stringify(outcome), () => process.exit());

async function start(name: string, service: Run['services'][string]) {
  const root = path.join(base, name);
  await mkdir(root);
  await mount('--bind', root, root);
  const [user = '', group = ''] = service.user?.split(':') ?? [];
  const inside = (target: string) => path.join(root, target);
  const file = async (target: string, content: string) => {
    await mkdir(path.dirname(inside(target)), { recursive: true });
    await writeFile(inside(target), content);
  };
  const bind = async (source: string, target: string, writable = false) => {
    if ((await stat(source)).isDirectory()) await mkdir(inside(target), { recursive: true });
    else await file(target, '');
    await mount('--rbind', source, inside(target));
    if (!writable) await mount('-o', 'remount,bind,ro', inside(target));
  };
  await file('/etc/hosts', `127.0.0.1 localhost ${run.hosts.join(' ')}\n`);
  await file('/etc/resolv.conf', '');
  await bind(service.binary, service.program);
  await mkdir(inside('/proc'));
  await mount('-t', 'proc', 'proc', inside('/proc'));
  for (const target of service.tmpfs ?? []) {
    await mkdir(inside(target), { recursive: true });
    await mount('-t', 'tmpfs', 'tmpfs', inside(target));
  }
  for (const { type, source, target } of service.volumes ?? ([] as Mount[])) {
    if (type === 'bind') await bind(source, target);
    else {
      // Docker gives a new volume the owner that the folder has in the image.
      const folder = path.join(base, 'volumes', source);
      await mkdir(folder, { recursive: true });
      await execa('chown', [`${user}:${group}`, folder]);
      await bind(folder, target, true);
    }
  }
  for (const { source, target = source } of service.secrets ?? [])
    await bind(run.secrets[source]?.file as string, path.resolve('/run/secrets', target));
  await mount('-o', 'remount,bind,ro', root);
  const child = execa(
    'setpriv',
    [
      ...['--no-new-privs', 'chroot', `--userspec=${user}:${group}`, '--groups=', root],
      ...[service.program, ...(service.command ?? [])],
    ],
    {
      all: true,
      reject: false,
      forceKillAfterDelay: 30_000,
      extendEnv: false,
      env: { PATH: process.env.PATH, ...service.environment },
    },
  );
  // Not the process itself, which would be waited for.
  return { child };
}

async function ask({ url, credentials, answer }: Question): Promise<Outcome['answers'][number]> {
  const headers: Record<string, string> = credentials ? { authorization: basic(credentials) } : {};
  const deadline = performance.now() + limit * 1000;
  for (;;) {
    const said = await fetch(url, { headers }).then(
      async (response) => `${response.status} ${await response.text()}`,
      (error: Error) => String(error.cause ?? error),
    );
    if (new RegExp(answer, 's').test(said)) return { as: true, said: '' };
    if (performance.now() > deadline) return { as: false, said };
    await delay(200);
  }
}

/** What the collector asks of Docker, for one container: there is no engine here. */
async function standInForDocker() {
  const requests: string[] = [];
  const container = { Id: 'c0ffee', Names: ['/redis'], Image: 'redis:7.4-alpine', State: 'running' };
  const answers: readonly [RegExp, object][] = [
    [/\/containers\/json/, [container]],
    [
      /\/containers\/c0ffee\/json/,
      {
        Id: 'c0ffee',
        Name: '/redis',
        Image: 'sha256:1',
        State: { Running: true },
        HostConfig: {},
        Config: { Image: container.Image },
      },
    ],
    [/\/containers\/c0ffee\/stats/, { id: 'c0ffee', memory_stats: { usage: 5e6, limit: 1e9, stats: {} } }],
    [/\/version/, { ApiVersion: '1.44' }],
  ];
  const server = createServer(({ method, url = '' }, response) => {
    requests.push(`${method} ${url.split('?')[0]}`);
    response.setHeader('Api-Version', '1.44');
    if (url.includes('/events')) return response.writeHead(200).flushHeaders();
    const body = answers.find(([pattern]) => pattern.test(url))?.[1];
    response.writeHead(body || url.includes('_ping') ? 200 : 404).end(JSON.stringify(body ?? 'OK'));
  });
  await new Promise<void>((resolve) => server.listen(2375, '127.0.0.1', resolve));
  return {
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
