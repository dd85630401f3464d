// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The content of every dashboard file in the folder, by name of file. Throws an error that names a file that is no JSON. */
export async function readBoards(folder: string): Promise<unknown[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      try {
        return JSON.parse(await readFile(file, 'utf8'));
      } catch (error) {
        throw new Error(`${file} cannot be read: ${(error as Error).message}`);
      }
    }),
  );
}
