// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { pools } from './celery.ts';
import { served } from './served.ts';

const begin = /<!-- served: [^\n]*-->\n/;
const end = '<!-- end of served -->';
/** Of the interpreter that runs the other tests, and of all: versions.ts has the others. */
const one = '3.11';
const all = '3.10, 3.11, 3.12, 3.13, 3.14';

/** The guide with the table of Python's frameworks and servers in its place; `requirements` pins them. */
export function withServed(guide: string, requirements: string): string {
  const [marker] = begin.exec(guide) ?? [];
  if (marker === undefined || !guide.includes(end)) throw new Error('The guide has no place for the table of servers.');
  const before = guide.slice(0, guide.indexOf(marker) + marker.length);
  return before + table(requirements) + guide.slice(guide.indexOf(end));
}

function table(requirements: string): string {
  const versioned = (name: string) => {
    const pins = requirements.matchAll(new RegExp(`^${name}==([^ ]+)`, 'gim'));
    return `${name} ${[...pins].map(([, version]) => version).join(' or ')}`;
  };
  const [prefork, ...others] = pools;
  const frameworks = [...new Set(served.map(({ framework }) => framework))];
  const rows = [
    ...frameworks.flatMap((name) => {
      const own = served.filter(({ framework }) => framework === name);
      return [true, undefined].flatMap((everywhere) => {
        const servers = own.filter((each) => each.everywhere === everywhere);
        const named = servers.map(({ server, how }) => `${versioned(server)}${how === undefined ? '' : ` (${how})`}`);
        const framework = name === 'none' ? 'no framework' : versioned(name);
        return servers.length > 0 ? [[framework, named.join(', '), everywhere ? all : one]] : [];
      });
    }),
    [versioned('Celery'), `pool \`${prefork}\``, all],
    [versioned('Celery'), `pools ${others.map((pool) => `\`${pool}\``).join(', ')}`, one],
  ];
  const lines = [['Framework', 'Server', 'Python'], ['---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
