// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { readSettings, root } from '../../../services/native/environment.ts';
import { ran } from '../../typed.ts';
import type { Engine } from './engine.ts';

/** A command block of a page, as a reader copies it. */
interface Block {
  /** Path of the page in the repository. */
  readonly page: string;
  readonly text: string;
}

/** The blocks of a page that say they are run by this test file, in their order. */
async function blocksOf(page: string, test: string): Promise<Block[]> {
  const text = await readFile(path.join(root, page), 'utf8');
  const pattern = new RegExp(`<!-- runs: ${test.replaceAll('.', '\\.')} -->\n\`\`\`sh\n(.*?)^\`\`\`$`, 'gms');
  return [...text.matchAll(pattern)].map(([, block = '']) => ({ page, text: block }));
}

/**
 * An operator who does what the pages say, in a folder of a machine with this engine. As in a terminal, what one block sets is there for the
 * next; unlike in a terminal, a command that fails ends the block.
 */
export class Operator {
  readonly #engine: Engine;
  readonly #blocks: readonly Block[];
  readonly #replaced: Readonly<Record<string, string>>;
  /** File next to the folder with what he has set. */
  readonly #state: string;
  /** Where he works. */
  readonly folder: string;

  private constructor(engine: Engine, folder: string, blocks: Block[], replaced: Record<string, string>) {
    this.#engine = engine;
    this.folder = folder;
    this.#state = `${folder}.environment`;
    this.#blocks = blocks;
    this.#replaced = replaced;
  }

  /**
   * @param test the test file, as the pages name it
   * @param pages paths in the repository
   * @param replaced what a page leaves to the reader, such as an address, and what he would write there
   */
  static async start(
    engine: Engine,
    folder: string,
    test: string,
    pages: readonly string[],
    replaced: Record<string, string>,
  ): Promise<Operator> {
    const blocks = (await Promise.all(pages.map((page) => blocksOf(page, test)))).flat();
    return new Operator(engine, folder, blocks, replaced);
  }

  /** Runs the block of the page that contains this text, and returns what it printed. Rejects with that if it fails. */
  async follow(page: string, containing: string, folder = this.folder): Promise<string> {
    const found = this.#blocks.filter((block) => block.page === page && block.text.includes(containing));
    const [block] = found;
    if (block === undefined || found.length > 1)
      throw new Error(`${found.length} blocks of ${page} contain: ${containing}`);
    ran(block.text);
    const text = Object.entries(this.#replaced).reduce(
      (all, [left, written]) => all.replaceAll(left, written),
      block.text,
    );
    return this.do(text, folder);
  }

  /** Runs commands that no page has to say. */
  async do(commands: string, folder = this.folder): Promise<string> {
    const state = this.#state;
    const script = `set -ae\n[ ! -e '${state}' ] || . '${state}'\n${commands}\nexport -p >'${state}'\n`;
    const { all, exitCode } = await this.#engine.exec('sh', ['-c', script], {
      cwd: folder,
      all: true,
      reject: false,
      // What npm and Go have built here need not be built again without a network.
      env: { CI: '', GIT_TERMINAL_PROMPT: '0', ONYX_CACHE_DIR: readSettings().cacheDir },
    });
    if (exitCode !== 0) throw new Error(`${commands}\nexit code ${exitCode}:\n${all}`);
    return String(all);
  }

  async leave(): Promise<void> {
    await rm(this.#state, { force: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}
