// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

/** The collector takes any token of its file, one a line; the first is the newest. */
const header = (file: string): string => `Bearer ${/\S+/.exec(readFileSync(file, 'utf8'))}`;

/**
 * What makes the headers of an export to a collector that asks for a token: the file is read each time, so a new token needs no restart.
 * Without a file there are none.
 */
export function tokenHeaders(file: string | undefined): (() => Promise<Record<string, string>>) | undefined {
  return file ? async () => ({ authorization: header(file) }) : undefined;
}

/** The same as upstream's variable, for upstream's own set-up, which reads nothing else, with the headers that are in it already. */
export function tokenVariable(file: string, others = ''): string {
  return [others, `authorization=${encodeURIComponent(header(file))}`].filter(Boolean).join(',');
}
