// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Database, databases, pools, silent } from './databases.ts';

const begin = /<!-- databases: [^\n]*-->\n/;
const end = '<!-- end of databases -->';

/** The guide with the table of databases' libraries in its place. */
export function withDatabases(guide: string): string {
  const [marker] = begin.exec(guide) ?? [];
  if (marker === undefined || !guide.includes(end))
    throw new Error('The guide has no place for the table of databases.');
  const before = guide.slice(0, guide.indexOf(marker) + marker.length);
  return before + table() + guide.slice(guide.indexOf(end));
}

function table(): string {
  const rows = [
    ...names().map((own) => [own[0]?.name ?? '', own.map(version).reverse().join(', '), measured(own[0])]),
    ...silent.map(({ name, version, note }) => [name, version, `no: ${note}`]),
  ];
  const ofPools = pools.map(({ name, note }) => [name, note]);
  return [
    ...[['Library', 'Version', 'Measured'], ['---', '---', '---'], ...rows],
    [],
    ...[['Pool of', 'What is seen of it'], ['---', '---'], ...ofPools],
  ]
    .map((cells) => (cells.length > 0 ? `| ${cells.join(' | ')} |\n` : '\n'))
    .join('');
}

/** The versions of each library together, where they are measured in the same way. */
function names(): readonly (readonly Database[])[] {
  const keyOf = ({ name, named }: Database) => `${name} ${named}`;
  const keys = [...new Set(databases.map(keyOf))];
  return keys.map((key) => databases.filter((each) => keyOf(each) === key));
}

function version({ packages: [own = '', driver = ''] }: Database): string {
  const on = driver === '' ? '' : ` on ${driver.replace('@', ' ')}`;
  return own.slice(own.lastIndexOf('@') + 1) + on;
}

function measured({ named, note }: Partial<Database> = {}): string {
  const how = named === undefined ? 'yes' : `with \`ONYX_INSTRUMENTATION=${named}\``;
  return note === undefined ? how : `${how}. ${note}`;
}
