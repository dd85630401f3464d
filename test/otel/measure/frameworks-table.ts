// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type Framework, frameworks, nextPackages } from './frameworks.ts';

const begin = /<!-- frameworks: [^\n]*-->\n/;
const end = '<!-- end of frameworks -->';

/** The guide with the table of frameworks in its place. */
export function withFrameworks(guide: string): string {
  const [marker] = begin.exec(guide) ?? [];
  if (marker === undefined || !guide.includes(end))
    throw new Error('The guide has no place for the table of frameworks.');
  const before = guide.slice(0, guide.indexOf(marker) + marker.length);
  return before + table() + guide.slice(guide.indexOf(end));
}

function table(): string {
  const [next] = nextPackages;
  const rows = [
    ...frameworks.map((framework) => [framework.name, versions(framework), routes(framework)]),
    ['Next.js', versionOf(next), 'yes, of its pages: [below](#nextjs)'],
  ];
  const lines = [['Framework', 'Version', 'Routes'], ['---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function versions({ packages: [own = '', router = ''], node }: Framework): string {
  const more = router.includes('router') ? `, router ${versionOf(router)}` : '';
  return versionOf(own) + more + (node === undefined ? '' : `, on Node ${node}`);
}

function versionOf(name = ''): string {
  return name.slice(name.lastIndexOf('@') + 1);
}

function routes({ routes: { deeper }, line, note }: Framework): string {
  const found = deeper === undefined ? 'none' : `yes, such as \`${deeper}\``;
  const named = line === undefined ? '' : `, or by one line: \`${line.code}\``;
  return `${found}${named}${note === undefined ? '' : `. ${note}`}`;
}
