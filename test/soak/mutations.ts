// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A fault put into the product's own source, kept as a patch, and the one test that must notice it. */
export interface Mutation {
  /** The file's, without its ending. */
  readonly name: string;
  /** What is wrong then, one sentence. */
  readonly fault: string;
  /** Path of the test's file, from the root of the project. */
  readonly file: string;
  /** Of the test, after those it is described under, with ` > ` between. */
  readonly title: string;
  /** Absolute path. */
  readonly patch: string;
}

/** For `git apply`: the patches name the lines they change and none around them, so that a change nearby does not break them. */
export const withoutContext = ['--unidiff-zero', '--whitespace=nowarn'] as const;

const patches = path.join(import.meta.dirname, 'mutations');

const header = /^(?<fault>[A-Z][^\n]+\.)\n\nTest: (?<file>\S+)\nTitle: (?<title>[^\n]+)\n\ndiff --git /;

/** All mutations by name. Throws an error that names a patch that does not begin as it should. */
export async function readMutations(): Promise<Mutation[]> {
  const names = (await readdir(patches)).sort();
  return Promise.all(
    names.map(async (name) => {
      const patch = path.join(patches, name);
      const { fault, file, title } = header.exec(await readFile(patch, 'utf8'))?.groups ?? {};
      if (!fault || !file || !title) {
        throw new Error(`${patch} does not begin with a sentence, "Test: <file>" and "Title: <title>".`);
      }
      return { name: path.basename(name, '.patch'), fault, file, title, patch };
    }),
  );
}
