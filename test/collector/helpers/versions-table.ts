// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  dragonflyVersion,
  litellmVersions,
  pooledVersions,
  poolerVersion,
  postgresVersions,
  qdrantVersions,
  redisVersions,
} from './servers.ts';

const begin = /<!-- versions: [^\n]*-->\n/;
const end = '<!-- end of versions -->';

/** The guide with the table of versions in its place. */
export function withVersions(guide: string): string {
  const [marker] = begin.exec(guide) ?? [];
  if (marker === undefined || !guide.includes(end))
    throw new Error('The guide has no place for the table of versions.');
  return guide.slice(0, guide.indexOf(marker) + marker.length) + table() + guide.slice(guide.indexOf(end));
}

const named = (name: string) =>
  redisVersions.flatMap((each) => (each.startsWith(`${name} `) ? [each.slice(name.length + 1)] : [])).join(', ');

function table(): string {
  const rows = [
    ['Redis', named('Redis'), 'the servers'],
    ['Valkey', named('Valkey'), 'the server'],
    ['Dragonfly', dragonflyVersion, 'what it says to INFO: no registry has its server'],
    ['Postgres', postgresVersions.join(', '), 'the servers, set up by an administrator who is no superuser'],
    ['PgBouncer', poolerVersion, `in transaction mode, before Postgres ${pooledVersions.join(' and ')}`],
    [
      'LiteLLM',
      litellmVersions.join(', '),
      'what each says with every label on; the newest runs as well, with one worker and with two',
    ],
    ['Qdrant', qdrantVersions.join(', '), 'what each says over REST and gRPC: no registry has its server'],
  ];
  const lines = [['Service', 'Versions', 'Tried with'], ['---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
