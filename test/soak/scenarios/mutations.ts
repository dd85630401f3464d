// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { readSettings } from '../../../services/native/environment.ts';
import { type Mutation, readMutations, withoutContext } from '../mutations.ts';
import { check, type ScenarioOfSources } from '../scenario.ts';
import { Timeline } from '../timeline.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export const mutations: ScenarioOfSources = {
  name: 'mutations',
  claim:
    'Each fault that a patch puts into the sources turns the one test red that is named in it, and that is green without it.',
  async runOnSources(signal, say) {
    const all = await readMutations();
    const timeline = new Timeline(say);
    const copy = await copyOfProject();
    try {
      const sound = await results(copy, all, signal);
      const unsound = all.filter((mutation) => sound.get(keyOf(mutation))?.status !== 'passed');
      timeline.note(`${all.length} named tests without a patch; not green: ${unsound.map(keyOf).join(', ') || 'none'}`);
      const checks = [check('named tests that are not green without a patch', 0, unsound.length)];
      for (const mutation of all) {
        const found = await withMutation(copy, mutation, signal, () => results(copy, [mutation], signal));
        const red = [...found].filter(([, { status }]) => status === 'failed');
        const why = red.map(([, { message }]) => message).join('; ') || whyNotRed(found.get(keyOf(mutation)));
        timeline.note(`${mutation.name}: ${keyOf(mutation)}: ${why}`);
        const isKilled = red.length === 1 && red[0]?.[0] === keyOf(mutation);
        checks.push(check(`${mutation.name}: red tests`, 1, red.length, isKilled));
      }
      return { events: timeline.events, checks };
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  },
};

/** What git tracks now, in a folder of its own. */
async function copyOfProject(): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'onyx-mutations-'));
  const { stdout } = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of stdout.split('\0').filter(Boolean)) await cp(path.join(root, file), path.join(copy, file));
  // Packages by links; the one that is ours is the copy's own, by both of its names.
  const modules = path.join(copy, 'node_modules');
  await mkdir(path.join(modules, '@onyx-metrics'), { recursive: true });
  for (const name of await readdir(path.join(root, 'node_modules'))) {
    if (name === 'otel' || name === '@onyx-metrics') continue;
    await symlink(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  for (const name of ['otel', '@onyx-metrics/otel']) {
    const link = path.join(modules, name);
    await symlink(path.relative(path.dirname(link), path.join(copy, 'otel')), link);
  }
  return copy;
}

/** Does something while a patch is applied. Files come back as they were: a patch without context, reversed, puts lines where they once stood. */
async function withMutation<T>(
  copy: string,
  { patch }: Mutation,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const files = [...(await readFile(patch, 'utf8')).matchAll(/^--- a\/(.+)$/gm)].map(([, file = '']) => file);
  const before = await Promise.all(files.map((file) => readFile(path.join(copy, file))));
  // Wherever folders for temporary files lie: the copy belongs to no repository.
  const env = { GIT_CEILING_DIRECTORIES: path.dirname(copy) };
  await execa('git', ['apply', ...withoutContext, patch], { cwd: copy, env, cancelSignal: signal });
  try {
    return await work();
  } finally {
    await Promise.all(files.map((file, index) => writeFile(path.join(copy, file), before[index] ?? '')));
  }
}

interface Result {
  readonly status: string;
  /** The first line of what a failed test says. */
  readonly message: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** A test that did not even run, because what comes before it failed, has noticed nothing either. */
const whyNotRed = (result: Result | undefined) =>
  result?.status === 'passed' ? 'survived' : `did not run${result?.message ? `: ${result.message}` : ''}`;

const keyOf = ({ file, title }: Pick<Mutation, 'file' | 'title'>) => `${file}: ${title}`;

/** Builds the copy and runs the named tests in it, and no others; by file and title. A file that cannot be loaded has no result. */
async function results(copy: string, named: readonly Mutation[], signal: AbortSignal): Promise<Map<string, Result>> {
  const options = { cwd: copy, cancelSignal: signal, reject: false, all: true } as const;
  // As every command of the project builds, and notes that it has: tests that run one would see it build.
  const built = await execa(
    process.execPath,
    ['services/native/bootstrap.mjs', 'services/native/environment.ts'],
    options,
  );
  if (signal.aborted) throw signal.reason;
  if (built.failed) throw new Error(`the copy cannot be built: ${built.all}`);
  const report = path.join(copy, 'report.json');
  await rm(report, { force: true });
  const titles = named.map(({ title }) => title.replaceAll(' > ', ' ').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const files = [...new Set(named.map(({ file }) => file))];
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const run = await execa(
    process.execPath,
    [vitest, 'run', ...files, '-t', `^(${titles.join('|')})$`, '--reporter=json', `--outputFile=${report}`],
    { ...options, env: { ONYX_CACHE_DIR: readSettings().cacheDir } },
  );
  if (signal.aborted) throw signal.reason;
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(`vitest made no report: ${run.all}`);
  });
  const asked = new Set(named.map(keyOf));
  return new Map(
    (JSON.parse(text) as Report).testResults.flatMap(({ name, message, assertionResults }) =>
      assertionResults
        .map(({ ancestorTitles, title, status, failureMessages: [first = message] = [] }) => {
          const key = keyOf({ file: path.relative(copy, name), title: [...ancestorTitles, title].join(' > ') });
          return [key, { status, message: first.split('\n')[0] ?? '' }] as const;
        })
        .filter(([key]) => asked.has(key)),
    ),
  );
}
