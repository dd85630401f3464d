// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { standIns } from './images.ts';

const begin = '<!-- generated: npm run generate -->\n';
const end = '<!-- /generated -->';

/** The page with the list of what stands in for each pinned image in the tests, as the recipes say it. */
export async function differences(page: string): Promise<string> {
  // A reader has no platform called acme.
  const pinned = [...(await standIns())].filter(([image]) => !image.startsWith('acme/'));
  const rows = pinned.map(([image, text]) => `| \`${image}\` | ${text} |`).sort();
  const table = ['| image | what the test runs under its name |', '|---|---|', ...rows].join('\n');
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error('the page has no place for the list');
  return `${before}${begin}${table}\n${end}${after}`;
}
