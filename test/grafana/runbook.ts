// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

interface Section {
  /** Of an alert, or what every page has. */
  readonly heading: string;
  readonly text: string;
  /** Lines of its command blocks that the drill runs. */
  readonly commands: readonly string[];
}

/** Sections of each page below a folder of the repository, by its file name. */
export function runbooks(folder: string): Map<string, Section[]> {
  const names = readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.md'));
  return new Map(names.map((name) => [name, sections(readFileSync(path.join(root, folder, name), 'utf8'))]));
}

function sections(markdown: string): Section[] {
  const [, ...parts] = markdown.split(/^## /m);
  return parts.map((part) => {
    const [heading = '', ...text] = part.split('\n');
    const blocks = part.matchAll(/^ *<!-- runs: test\/e2e\/drill\.test\.ts -->\n *```sh\n(.*?)^ *```$/gms);
    return {
      heading,
      text: text.join('\n').trim(),
      commands: [...blocks].flatMap(([, block = '']) => block.trim().split(/\n */)),
    };
  });
}
