// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { execa, type Options } from 'execa';
import { afterAll, expect, type RunnerTestCase, type RunnerTestSuite } from 'vitest';
import { blocks, commandsOf, documents } from './documents.ts';

/*
 * The commands of the documents, run as a reader types them. A test file that imports this fails when a document says that the file runs a
 * command, and it has not: that the text stands in the file is not enough.
 */

const root = path.resolve(import.meta.dirname, '..');
const executed = new Set<string>();

/** Notes that these commands of a document, one a line, have been run. */
export function ran(script: string): void {
  for (const command of commandsOf(script)) executed.add(command);
}

/**
 * Runs a command of a document, or several lines of one, in a shell.
 *
 * @param as what it takes to run it here, such as a free port in place of the usual one
 */
export function typed<Given extends Options>(
  script: string,
  { as = (text) => text, ...options }: Given & { readonly as?: (script: string) => string },
) {
  ran(script);
  return inShell(as(script), options as unknown as Given);
}
const inShell = execa({ shell: true });

// biome-ignore lint/correctness/noEmptyPattern: vitest asks for a pattern before the file
afterAll(async ({}, file) => {
  const tests = testsOf(file);
  // Of a run that was narrowed down or went wrong nothing can be said.
  if (tests.some(({ result }) => result?.state !== 'pass')) return;
  const name = path.relative(root, expect.getState().testPath ?? '');
  expect(await notExecuted(name, executed), `${name} does not run what the documents say it runs`).toEqual([]);
});

/** The commands that documents say this test file runs, and that are not among these. */
export async function notExecuted(
  file: string,
  commands: ReadonlySet<string>,
  pages: Promise<ReadonlyMap<string, string>> = documents(),
): Promise<string[]> {
  return [...(await pages)].flatMap(([page, markdown]) =>
    blocks(markdown)
      .filter(({ marker }) => marker?.value === file)
      .flatMap((block) => block.commands.map((command) => ({ at: `${page}:${block.line}`, command })))
      .filter(({ command }) => !commands.has(command))
      .map(({ at, command }) => `${at}: ${command}`),
  );
}

function testsOf(suite: Readonly<RunnerTestSuite>): RunnerTestCase[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task as RunnerTestCase]));
}
