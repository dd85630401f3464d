// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

function newFolder(whenDone: (remove: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'onyx-'));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a folder for all tests of a file, which is gone after them. */
export const folderOfFile = (): string => newFolder(afterAll);

/** Makes a folder for the test that runs, which is gone after it. */
export const folderOfTest = (): string => newFolder(onTestFinished);
