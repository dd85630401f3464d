// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../../services/native/environment.ts';
import { run } from '../../../services/native/processes/command.ts';
import { cached } from '../../../services/native/programs/cache.ts';

/** The newest Python, and the Debian that has it: newer than any this runs on, so its own C library comes along. */
const version = '3.14';
const suite = 'forky';
const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
const packages = [
  `python${version}-minimal`,
  `libpython${version}-minimal`,
  `libpython${version}-stdlib`,
  ...[
    'libbz2-1.0',
    'libc6',
    'libexpat1',
    'libffi8',
    'liblzma5',
    'libsqlite3-0',
    'libssl3t64',
    'libuuid1',
    'libzstd1',
    'zlib1g',
  ],
];

/** The words that run it, unpacked from Debian's packages; undefined where those cannot be had. */
export async function newestPython(): Promise<readonly [program: string, ...args: string[]] | undefined> {
  try {
    const made = await cached({
      cacheDir: readSettings().cacheDir,
      kind: 'python-newest',
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
    const libraries = join(made, 'usr/lib/x86_64-linux-gnu');
    const words = [
      join(libraries, 'ld-linux-x86-64.so.2'),
      ...['--library-path', libraries, join(made, `usr/bin/python${version}`)],
    ] as const;
    await run(words[0], [...words.slice(1), '--version']);
    return [...words];
  } catch {
    return undefined;
  }
}
