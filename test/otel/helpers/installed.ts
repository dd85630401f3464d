// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { copyFile, cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { readSettings } from '../../../services/native/environment.ts';
import { cached, folderKey } from '../../../services/native/programs/cache.ts';
import { nextPackages } from '../measure/frameworks.ts';
import { fixture, preload } from './preloaded.ts';

/**
 * The folder of an application that has exactly these packages installed (`name@version` each), made once and kept in the
 * cache: they are what the preload meets in the wild, not what this project depends on.
 */
export function installed(...packages: readonly string[]): Promise<string> {
  return cached({
    cacheDir: readSettings().cacheDir,
    kind: 'packages',
    key: [...packages, process.platform, process.arch],
    make: async (folder) => {
      await writeFile(join(folder, 'package.json'), '{ "private": true }');
      const quiet = ['--no-audit', '--no-fund', '--no-progress', '--ignore-scripts', '--loglevel=error'];
      await execa('npm', ['install', ...quiet, ...packages], { cwd: folder });
    },
  });
}

/**
 * A new folder in `parent` with these fixtures and exactly these packages. The packages are linked, since others read them at the
 * same time; the fixtures are copies, for a program finds its packages from where it lies.
 */
export async function application(
  parent: string,
  packages: readonly string[],
  fixtures: readonly string[],
): Promise<string> {
  const folder = await mkdtemp(join(parent, 'application-'));
  await symlink(join(await installed(...packages), 'node_modules'), join(folder, 'node_modules'));
  for (const name of fixtures) await copyFile(fixture(name), join(folder, basename(name)));
  return folder;
}

const platform = `${process.platform}-${process.arch}`;

/** The path of a Node of this version. */
export async function node(version: string): Promise<string> {
  return join(await installed(`node-${platform}@${version}`), `node_modules/node-${platform}/bin/node`);
}

/** The path of the Bun the preload is tested on. */
export async function bun(): Promise<string> {
  return join(await installed(`@oven/bun-${platform}@1.4.5`), `node_modules/@oven/bun-${platform}/bin/bun`);
}

/** The path of the Deno the preload is tested on. */
export async function deno(): Promise<string> {
  const name = `@deno/${platform}${process.platform === 'linux' ? '-glibc' : ''}`;
  return join(await installed(`${name}@2.9.6`), `node_modules/${name}/deno`);
}

/** The Next.js application in fixtures/next, built. */
export interface BuiltNext {
  /** The folder of its standalone server, `server.js`. */
  readonly standalone: string;
  /** The folder of the application itself, without its packages. */
  readonly app: string;
  /** How many connections `next build`, with the preload in every process, made to the collector it was told of. */
  readonly exports: number;
}

export function builtNext(): Promise<BuiltNext> {
  const sources = fileURLToPath(new URL('../fixtures/next/', import.meta.url));
  return folderKey(sources)
    .then((key) =>
      cached({
        cacheDir: readSettings().cacheDir,
        kind: 'next',
        key: [...key, ...nextPackages, 'exports', process.platform, process.arch],
        make: async (folder) => {
          const app = join(folder, 'app');
          await cp(sources, app, { recursive: true });
          await cp(await installed(...nextPackages), app, {
            recursive: true,
            // Else the links in .bin lead to the folder they were copied from.
            verbatimSymlinks: true,
            filter: (path) => !path.endsWith('-lock.json'),
          });
          let exports = 0;
          const counting = createServer((_request, response) => response.end()).on('connection', () => {
            exports += 1;
          });
          await once(counting.listen(0, '127.0.0.1'), 'listening');
          await execa('node_modules/.bin/next', ['build'], {
            cwd: app,
            // Not vitest's own: Next builds nothing that works under NODE_ENV=test.
            extendEnv: false,
            env: {
              PATH: process.env.PATH,
              HOME: folder,
              NEXT_TELEMETRY_DISABLED: '1',
              NODE_OPTIONS: `--require ${preload}`,
              OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(counting.address() as AddressInfo).port}`,
              OTEL_METRIC_EXPORT_INTERVAL: '100',
            },
          });
          counting.close();
          await writeFile(join(folder, 'exports'), String(exports));
          const standalone = join(folder, 'standalone');
          await rename(join(app, '.next/standalone'), standalone);
          await cp(join(app, '.next/static'), join(standalone, '.next/static'), { recursive: true });
          await cp(join(app, 'public'), join(standalone, 'public'), { recursive: true });
          await rm(join(app, '.next/cache'), { recursive: true, force: true });
          await rm(join(app, 'node_modules'), { recursive: true });
        },
      }),
    )
    .then(async (folder) => ({
      standalone: join(folder, 'standalone'),
      app: join(folder, 'app'),
      exports: Number(await readFile(join(folder, 'exports'), 'utf8')),
    }));
}

/** A new folder in `parent` with the application, its packages, and these fixtures. */
export async function nextApplication(parent: string, app: string, fixtures: readonly string[]): Promise<string> {
  const folder = await application(parent, nextPackages, fixtures);
  await cp(app, folder, { recursive: true });
  return folder;
}
