// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/*
 * A reader copies commands, so each command block of a document says, in a comment right above it, what proves it:
 *   <!-- tested: test/e2e/start.test.ts -->   that test file runs every command of the block, as typed (typed.ts)
 *   <!-- runs: test/e2e/drill.test.ts -->     that test file reads the document, and runs every block of it that says so
 *   <!-- not run: it asks for a password -->  no test can run it, and why
 * A block in `console` shows output as well: only its lines after `$ ` are commands.
 */

const root = path.resolve(import.meta.dirname, '..');

export interface Block {
  /** Where it begins. */
  readonly line: number;
  readonly language: string;
  readonly commands: readonly string[];
  readonly marker: { readonly kind: string; readonly value: string } | undefined;
}

/** The fenced blocks of a document. */
export function blocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const found: Block[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const fence = /^\s*(```+|~~~+)\s*(\S*)/.exec(lines[start] ?? '');
    if (!fence?.[1]) continue;
    const end = lines.findIndex((line, index) => index > start && line.trim() === fence[1]);
    const body = lines.slice(start + 1, end).map((line) => line.trim());
    const typed = fence[2] === 'console' ? body.flatMap((line) => /^\$ (.+)/.exec(line)?.[1] ?? []) : body;
    const above = lines.slice(0, start).findLast((line) => line.trim() !== '');
    const [, kind, value] = /^\s*<!-- (tested|runs|not run): (.+) -->$/.exec(above ?? '') ?? [];
    found.push({
      line: start + 1,
      language: fence[2] ?? '',
      commands: commandsOf(typed.join('\n')),
      marker: kind && value ? { kind, value } : undefined,
    });
    start = end;
  }
  return found;
}

/** The commands of a script; a continued line is one command. */
export function commandsOf(script: string): string[] {
  return script
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** Every document, by its path in the repository. */
export async function documents(): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
  });
  const contents = stdout
    .split('\n')
    .map(async (file) => [file, await readFile(path.join(root, file), 'utf8').catch(() => '')] as const);
  return new Map(await Promise.all(contents));
}
