// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GoBuild, type GoProgram, goBuilds, goEnvironment } from '../../../collector-config/go-builds.ts';
import { readSettings, root, type Settings, settings as variables } from '../environment.ts';
import { run } from '../processes/command.ts';
import { cached, folderKey } from './cache.ts';
import { withLock } from './lock.mjs';
import { goCommand } from './toolchain.ts';

/**
 * Returns the path of a Go program: the one the user named, if its version is the pinned one, else one built from the
 * committed module list. Rejects naming variable, path and both versions when they differ.
 */
export async function binary(
  name: GoBuild['name'],
  settings: Settings = readSettings(),
  signal?: AbortSignal,
): Promise<string> {
  const build = goBuilds.find((candidate) => candidate.name === name);
  if (build === undefined) throw new Error(`no Go program is called ${name}`);
  const named = settings[name];
  if (named === undefined) return built(build, settings, signal);
  await checkVersion(build, named, signal);
  return named;
}

/** One line for each program the user named that cannot be used. */
export async function refusedBinaries(settings: Settings, signal?: AbortSignal): Promise<string[]> {
  const checks = goBuilds.map(async (build) => {
    const named = settings[build.name];
    if (named !== undefined) await checkVersion(build, named, signal);
  });
  const results = await Promise.allSettled(checks);
  return results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).message] : []));
}

async function checkVersion(
  { name, version, versionArgs }: GoBuild,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const said = await run(path, versionArgs, { signal }).catch((error: Error) => error.message);
  const [first = ''] = said.split('\n');
  // Sibling programs share their version: promtool must not pass for prometheus.
  const calledItself = /^(\w+),? version/.exec(first)?.[1] ?? name;
  if (first.includes(version) && calledItself === name) return;
  throw new Error(
    `${variables[name].variable}=${path} is not ${name} ${version}, it says "${first}": name one of that version or unset the variable.`,
  );
}

/** What Go reads, of a folder that also holds documents. */
const isSource = (path: string): boolean => /\.go$|\/go\.(mod|sum)$/.test(path);
const isTest = (path: string): boolean => path.endsWith('_test.go');

/** Returns the path of a Go program, built from the committed module list unless it is in the cache. */
export async function built(build: GoProgram, settings: Settings, signal?: AbortSignal): Promise<string> {
  const { name, dir, ldflags, tags = [], patch, tests = false, cgo = false } = build;
  const sources = join(root, dir);
  const folder = await cached({
    cacheDir: settings.cacheDir,
    kind: name,
    // Not the Go version: a newer toolchain on the machine is no reason to wait five minutes for the same program.
    key: [
      ...(await folderKey(sources, (path) => isSource(path) && (tests || !isTest(path)))),
      JSON.stringify([build, goEnvironment]),
      process.platform,
      process.arch,
    ],
    signal,
    // One at a time: each already uses all cores, and two linkers at once need 4 GB.
    make: (draft) =>
      withLock(
        join(settings.cacheDir, 'locks', 'go'),
        async () => {
          const go = await goCommand(await minimumGo(sources), settings, signal);
          const inFolder = (cwd: string) => ({ cwd, signal, env: environment(settings.cacheDir, cgo) });
          const from = patch ? await patched(go, patch, join(draft, 'source'), inFolder(sources)) : sources;
          const flags = ['-tags', tags.join(','), '-ldflags', ldflags, '-o', join(draft, name)];
          await run(go, [...(tests ? ['test', '-c'] : ['build']), ...flags, build.package], inFolder(from)).catch(
            (error: Error) => {
              signal?.throwIfAborted();
              throw new Error(`${name} cannot be built. ${remedy(name)}\n${error.message}`);
            },
          );
          if (patch) await rm(from, { recursive: true });
        },
        { signal },
      ),
  });
  return join(folder, name);
}

/** What to do where Go says only that it has no network. */
function remedy(name: string): string {
  const { variable } = (variables as Readonly<Record<string, { readonly variable?: string }>>)[name] ?? {};
  return `The first build loads Go modules: give this machine access to the proxy that GOPROXY names${variable ? `, or name a ready program in ${variable}` : ''}.`;
}

/** Copies the module, hash-checked by its download, and changes what the patch says. */
async function patched(
  go: string,
  { module, files = {}, without = {} }: NonNullable<GoBuild['patch']>,
  copy: string,
  options: Parameters<typeof run>[2],
): Promise<string> {
  await run(go, ['mod', 'download', module], options);
  await cp(await run(go, ['list', '-m', '-f', '{{.Dir}}', module], options), copy, { recursive: true });
  // The user's own module cache is read-only, and so is a copy of it.
  await run('chmod', ['-R', 'u+w', copy]);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), content);
  }
  for (const [path, text] of Object.entries(without)) {
    const lines = (await readFile(join(copy, path), 'utf8')).split('\n');
    await writeFile(join(copy, path), lines.filter((line) => !line.includes(text)).join('\n'));
  }
  return copy;
}

/** Modules and compiled packages stay in our folder too, unless the user keeps a shared one. */
function environment(cacheDir: string, cgo: boolean): Record<string, string> {
  return {
    ...goEnvironment,
    ...(cgo ? { CGO_ENABLED: '1' } : {}),
    // Go makes its module cache read-only, and the folder could not be deleted.
    GOFLAGS: `${goEnvironment.GOFLAGS} -modcacherw`,
    GOTOOLCHAIN: 'local',
    GOCACHE: process.env.GOCACHE ?? join(cacheDir, 'go-build'),
    GOMODCACHE: process.env.GOMODCACHE ?? join(cacheDir, 'go-mod'),
  };
}

async function minimumGo(folder: string): Promise<string> {
  const directive = /^go (\S+)$/m.exec(await readFile(join(folder, 'go.mod'), 'utf8'));
  if (directive?.[1] === undefined) throw new Error(`${folder}/go.mod has no go directive`);
  return directive[1];
}
