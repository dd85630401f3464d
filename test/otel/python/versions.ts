// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { readSettings } from '../../../services/native/environment.ts';
import { run } from '../../../services/native/processes/command.ts';
import { cached } from '../../../services/native/programs/cache.ts';

/** The words that run a Python. */
export type Words = readonly [program: string, ...args: string[]];

/** Versions that services run on, but for the one that runs the other tests, and the release of Debian that has them, if one does. */
export const versions: Readonly<Record<string, 'trixie' | 'forky' | undefined>> = {
  '3.10': undefined,
  '3.12': undefined,
  '3.13': 'trixie',
  '3.14': 'forky',
};

/**
 * The words that run this version of Python: one that is installed, by pyenv too, or Debian's. Where there is none, its tests are skipped,
 * counted and told so; in CI (`CI` is set) this throws where a release of Debian has it that does not change any more.
 */
export async function pythonOf(version: string): Promise<Words | undefined> {
  const suite = versions[version];
  const found = (await installed(version)) ?? (suite && (await ofDebian(version, suite)));
  if (found !== undefined) return found;
  const message = `there is no Python ${version}: install it, with pyenv for one`;
  if (process.env.CI && suite === 'trixie') throw new Error(message);
  process.stderr.write(`\nSKIPPED TESTS: ${message}\n\n`);
  return undefined;
}

async function installed(version: string): Promise<Words | undefined> {
  // pyenv shows one version of Python unless it is told of all.
  const { stdout: all = '' } = await execa('pyenv', ['versions', '--bare'], { reject: false });
  const { stdout, exitCode } = await execa(`python${version}`, ['-c', 'import sys; print(sys.executable)'], {
    env: { PYENV_VERSION: all.split('\n').join(':') },
    reject: false,
  });
  return exitCode === 0 && stdout !== undefined ? [stdout.trim()] : undefined;
}

const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
const libraries = ['bz2-1.0', 'c6', 'expat1', 'ffi8', 'lzma5', 'sqlite3-0', 'ssl3t64', 'uuid1', 'zstd1'];

/** Unpacked from Debian's packages, with its own C library: it may be newer than any this runs on. Undefined where those cannot be had. */
async function ofDebian(version: string, suite: string): Promise<Words | undefined> {
  const python = [`python${version}-minimal`, `libpython${version}-minimal`, `libpython${version}-stdlib`];
  const packages = [...python, ...libraries.map((name) => `lib${name}`), 'zlib1g'];
  try {
    const made = await cached({
      cacheDir: readSettings().cacheDir,
      kind: 'python-debian',
      key: [suite, ...packages],
      make: async (draft) => {
        // Lists of its own: those of this machine stay unchanged.
        const lists = join(draft, '.apt');
        for (const folder of ['lists/partial', 'cache/archives/partial'])
          await mkdir(join(lists, folder), { recursive: true });
        const [mirror = ''] = (await run('apt-get', ['indextargets', '--format', '$(REPO_URI)'])).split('\n');
        await writeFile(join(lists, 'sources.list'), `deb [signed-by=${keys}] ${mirror} ${suite} main\n`);
        const options = [
          `Dir::Etc::sourcelist=${join(lists, 'sources.list')}`,
          'Dir::Etc::sourceparts=-',
          `Dir::State::lists=${join(lists, 'lists')}`,
          `Dir::Cache=${join(lists, 'cache')}`,
        ].flatMap((option) => ['-o', option]);
        await run('apt-get', [...options, 'update']);
        await run('apt-get', [...options, 'download', ...packages], { cwd: draft });
        for (const each of await readdir(draft))
          if (each.endsWith('.deb')) await run('dpkg-deb', ['-x', join(draft, each), draft]);
      },
    });
    const lib = join(made, 'usr/lib/x86_64-linux-gnu');
    const words: Words = [
      join(lib, 'ld-linux-x86-64.so.2'),
      ...['--library-path', lib, join(made, `usr/bin/python${version}`)],
    ];
    await run(words[0], [...words.slice(1), '--version']);
    return words;
  } catch {
    return undefined;
  }
}
