// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { upstreamComponents } from '../../../collector-config/go-builds.ts';
import { readSettings, root } from '../../../services/native/environment.ts';
import { binary, built } from '../../../services/native/programs/binaries.ts';
import { cached, folderKey } from '../../../services/native/programs/cache.ts';
import { pipInstall } from '../../../services/native/programs/python.ts';
import { builtNext, node } from '../../otel/helpers/installed.ts';
import { Engine } from './engine.ts';

/*
 * No image registry is within reach, so every image that the Compose files pin is built here and carries the pinned name. images/ has a
 * recipe for each, which says at its top how it differs from upstream's.
 */

const recipes = path.join(import.meta.dirname, '../images');
/** Everything that runs in some image and comes from Debian. */
const packages = ['ca-certificates', 'nginx-light', 'postgresql-15', 'python3', 'redis-server', 'busybox-static'];

/** Where a file of an image's build comes from. */
type Source = () => Promise<string>;

interface Recipe {
  /** Folder of its Dockerfile. */
  readonly folder: string;
  /** What the Compose files call it. */
  readonly pinned?: string;
  /** Files it needs in addition to its folder, by the name in the build. */
  readonly files?: Readonly<Record<string, Source>>;
}

const ofRepository =
  (file: string): Source =>
  async () =>
    path.join(root, file);
const program =
  (name: Parameters<typeof binary>[0]): Source =>
  () =>
    binary(name);

/** The builder that needs no Buildx. */
const classic = { DOCKER_BUILDKIT: '0' };

/** In an order in which each finds the ones before that it builds on. */
const packaged: readonly Recipe[] = [
  { folder: 'busybox', pinned: 'busybox:1.37.0' },
  { folder: 'haproxy', pinned: 'haproxy:3.2.6-alpine' },
  { folder: 'nginx', pinned: 'nginx:1.28.0-alpine' },
  { folder: 'redis', pinned: 'redis:7.4-alpine' },
  { folder: 'postgres', pinned: 'supabase/postgres:17.6.1.136' },
  { folder: 'python', files: { uv, 'requirements.txt': ofRepository('services/python/requirements.txt') } },
  { folder: 'litellm', pinned: 'ghcr.io/berriai/litellm:v1.106.2' },
  { folder: 'qdrant', pinned: 'qdrant/qdrant:v1.19.0', files: { 'stand-in': ofRepository('services/qdrant') } },
  { folder: 'node', pinned: 'node:24.21.0-bookworm-slim', files: { node: () => node('24.21.0'), npm } },
  { folder: 'grafana', pinned: 'grafana/grafana:13.2.2', files: { 'server.mjs': grafana } },
  { folder: 'suna', pinned: 'acme/suna:2.0.0', files: { app: () => builtNext().then(({ standalone }) => standalone) } },
  {
    folder: 'onyx',
    pinned: 'acme/onyx:3.1.0',
    files: { uv, onyx_metrics: ofRepository('otel/python/onyx_metrics') },
  },
  { folder: 'cpython', pinned: 'python:3.13.9-slim-bookworm', files: { uv } },
  { folder: 'alpine', pinned: 'alpine:3.23' },
];

/** Of programs that may still be compiling, so these come last. */
const compiled: readonly Recipe[] = [
  { folder: 'golang', pinned: 'golang:1.26.8-alpine', files: { otelcol: program('otelcol'), sources } },
  {
    folder: 'prometheus',
    pinned: 'prom/prometheus:v3.15.0',
    files: { prometheus: program('prometheus'), promtool: program('promtool') },
  },
  {
    folder: 'alertmanager',
    pinned: 'prom/alertmanager:v0.34.2',
    files: { alertmanager: program('alertmanager'), amtool: program('amtool') },
  },
  {
    folder: 'contrib',
    pinned: 'otel/opentelemetry-collector-contrib:0.152.0',
    files: { otelcol: () => built(upstreamComponents, readSettings()) },
  },
];

const images = [...packaged, ...compiled];

/** The pinned names, each with what stands in for it in the words of its recipe. */
export async function standIns(): Promise<ReadonlyMap<string, string>> {
  const told = images.flatMap(({ folder, pinned }) => (pinned ? [[folder, pinned] as const] : []));
  return new Map(
    await Promise.all(
      told.map(async ([folder, pinned]) => {
        const [, first = ''] = /^# (.*)/.exec(await readFile(path.join(recipes, folder, 'Dockerfile'), 'utf8')) ?? [];
        return [pinned, first] as const;
      }),
    ),
  );
}

/** Builds what has changed since the last time; the reference platform's own images too. */
export async function buildImages(signal?: AbortSignal): Promise<void> {
  const { cacheDir } = readSettings();
  const stamp = path.join(cacheDir, 'docker/onyx-images');
  // The first time there is nothing to compare, and no reason to wait for every program.
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === (await fingerprint())) return;
  const base = await debian(signal);
  const engine = await Engine.start({ network: 'machine', signal });
  try {
    // A second import would be another image, and everything on it would be built again.
    const imported = `onyx-test-base:${path.basename(base)}`;
    if (!(await engine.docker(['images', '--quiet', imported])))
      await engine.docker(['import', path.join(base, 'base.tar'), imported]);
    await engine.docker(['tag', imported, 'onyx-test-base']);
    for (const recipe of packaged) await buildImage(engine, recipe, signal);
    await buildReferences(engine, signal);
    for (const recipe of compiled) await buildImage(engine, recipe, signal);
    await engine.docker(['image', 'prune', '--force']);
    await writeFile(stamp, await fingerprint());
  } finally {
    await engine.stop();
  }
}

async function buildImage(engine: Engine, { folder, pinned, files = {} }: Recipe, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const context = await mkdtemp(path.join(tmpdir(), `onyx-image-${folder}-`));
  try {
    await cp(path.join(recipes, folder), context, { recursive: true });
    for (const [name, source] of Object.entries(files))
      await cp(await source(), path.join(context, name), { recursive: true, dereference: true });
    const tags = [`onyx-test-${folder}`, ...(pinned ? [pinned] : [])].flatMap((tag) => ['--tag', tag]);
    await engine.docker(['build', '--network', 'host', '--quiet', ...tags, context], { env: classic });
  } finally {
    await rm(context, { recursive: true });
  }
}

/** The reference platform's own images, by name, with the Dockerfile of each. */
const references = {
  'onyx-reference:0.1.0': 'services/Dockerfile',
  'onyx-python-reference:0.1.0': 'services/onyx-python/Dockerfile',
} as const;

/** As `docker compose build` does, from what git knows. */
async function buildReferences(engine: Engine, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const context = await mkdtemp(path.join(tmpdir(), 'onyx-reference-'));
  try {
    await copyOfRepository(context);
    for (const [tag, file] of Object.entries(references))
      await engine.docker(['build', '--network', 'host', '--quiet', '--tag', tag, '--file', file, '.'], {
        cwd: context,
        env: classic,
      });
  } finally {
    await rm(context, { recursive: true });
  }
}

/** Puts what a clone would hold, with what is not committed yet, into a folder. */
export async function copyOfRepository(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
  });
  const present = stdout
    .split('\n')
    .filter((file) => existsSync(path.join(root, file)) || file.startsWith('collector-config/proc/'));
  await execa('tar', ['--create', '--null', '--files-from=-', '--file', path.join(folder, '.tar')], {
    cwd: root,
    input: present.join('\0'),
  });
  await execa('tar', ['--extract', '--file', '.tar'], { cwd: folder });
  await rm(path.join(folder, '.tar'));
}

/** Debian's bookworm with the packages, as one archive, made once. */
function debian(signal?: AbortSignal): Promise<string> {
  return cached({
    cacheDir: readSettings().cacheDir,
    kind: 'debian',
    key: [...packages, process.arch],
    signal,
    make: async (draft) => {
      const system = path.join(draft, 'system');
      const include = `--include=${packages.join(',')}`;
      await execa('debootstrap', ['--variant=minbase', include, 'bookworm', system], {
        env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
        ...(signal ? { cancelSignal: signal } : {}),
      });
      // A machine behind a proxy of its own trusts more than Debian does.
      await cp('/etc/ssl/certs/ca-certificates.crt', path.join(system, 'etc/ssl/certs/ca-certificates.crt'));
      const needless = [
        'proc/*',
        'sys/*',
        'dev/*',
        'var/cache/apt',
        'var/lib/apt/lists',
        'usr/share/doc',
        'usr/share/man',
      ];
      await execa('tar', [
        ...needless.map((pattern) => `--exclude=./${pattern}`),
        ...['--create', '--file', path.join(draft, 'base.tar'), '--directory', system, '.'],
      ]);
      await rm(system, { recursive: true });
    },
  });
}

/** Installs into an image several times as fast as pip. */
async function uv(): Promise<string> {
  const { cacheDir, python } = readSettings();
  const requirements = path.join(recipes, 'uv.txt');
  const folder = await cached({
    cacheDir,
    kind: 'uv',
    key: [await readFile(requirements), process.platform, process.arch],
    make: (draft) => pipInstall(python, ['--target', draft, '--requirement', requirements], cacheDir),
  });
  return path.join(folder, 'bin/uv');
}

/** The npm that runs here. */
async function npm(): Promise<string> {
  const { stdout } = await execa('npm', ['root', '--global']);
  return realpath(path.join(stdout, 'npm'));
}

/** The placeholder, as one file. */
async function grafana(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(recipes, 'grafana/server.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    write: false,
  });
  return generated('server.mjs', outputFiles[0]?.text ?? '');
}

/** A list of what the collector is built from, as `sha256sum` writes it. */
async function sources(): Promise<string> {
  const cwd = path.join(root, 'collector-config/otelcol');
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd });
  const files = stdout.split('\n').filter((file) => /(?<!_test)\.go$|^go\.(mod|sum)$/.test(file));
  const lines = files.map(async (file) => {
    const hash = createHash('sha256').update(await readFile(path.join(cwd, file)));
    return `${hash.digest('hex')}  ${file}\n`;
  });
  return generated('sources', (await Promise.all(lines)).join(''));
}

/** The path of a file with this content, which is part of the path. */
async function generated(name: string, content: string): Promise<string> {
  const { cacheDir } = readSettings();
  const make = (folder: string) => writeFile(path.join(folder, name), content);
  return path.join(await cached({ cacheDir, kind: 'generated', key: [name, content], make }), name);
}

/** Everything that decides the images. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  const add = (parts: readonly (string | Buffer)[]) => {
    for (const part of parts) hash.update(part).update('\0');
  };
  add([...packages, ...(await folderKey(recipes))]);
  for (const { files = {} } of images) {
    for (const [name, source] of Object.entries(files)) {
      const file = await source();
      add([name, file]);
      if (file.startsWith(root) && !file.startsWith(readSettings().cacheDir))
        add((await stat(file)).isDirectory() ? await folderKey(file) : [await readFile(file)]);
    }
  }
  for (const folder of ['otel', 'services']) {
    const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', folder], {
      cwd: root,
    });
    for (const file of stdout.split('\n'))
      if (existsSync(path.join(root, file))) add([file, await readFile(path.join(root, file))]);
  }
  add([await readFile(path.join(root, 'package-lock.json'))]);
  return hash.digest('hex');
}
