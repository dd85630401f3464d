// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Stack } from '../../services/native/stack/stack.ts';

interface Group {
  readonly interval?: string;
  readonly rules: readonly { readonly alert?: string; readonly expr: string; readonly for?: string }[];
}

/**
 * Makes the rules of a running platform fast. A window of minutes becomes one of seconds, ten at least; a window of hours becomes 20 s, and
 * an amount counts as that of an hour at this pace. A wait (`for`) of a minute becomes a fifth of a second.
 * Alerts whose name matches `left` are left out.
 */
export async function hasten({ dir, processes }: Stack, left: RegExp): Promise<void> {
  for (const name of ['alerts', 'recorded']) {
    const file = join(dir, `prometheus/rules/${name}.yml`);
    const { groups } = parse(await readFile(file, 'utf8')) as { groups: Group[] };
    const hastened = groups.map(({ interval: _, ...group }) => ({
      ...group,
      rules: group.rules
        .filter(({ alert = '' }) => !left.test(alert))
        .map((rule) => ({
          ...rule,
          expr: rule.expr
            .replace(/increase\(\w+\[1h\]\)/g, (hour) => `180 * ${hour}`)
            .replace(
              /(\[|offset )(\d+)([mh])\b/g,
              (__, before, count, unit) => `${before}${Math.max(10, unit === 'h' ? 20 : count)}s`,
            ),
          ...(rule.for && { for: `${200 * Number.parseInt(rule.for, 10)}ms` }),
        })),
    }));
    await writeFile(file, stringify({ groups: hastened.filter(({ rules }) => rules.length > 0) }));
  }
  process.kill(processes.prometheus.pid as number, 'SIGHUP');
}
