// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { boards } from '../../../grafana/src/board-files.ts';
import { type Board, dashboard } from '../../../grafana/src/dashboard.ts';
import { recordingGroups } from '../../../grafana/src/rules/recorded.ts';
import { binary } from '../../../services/native/programs/binaries.ts';
import { boardData, end } from '../board-data.ts';
import type { Suite } from '../harness.ts';

const hour = 3600;
export const ranges: Readonly<Record<string, number>> = { '1 h': hour, '24 h': 24 * hour, '7 d': 7 * 24 * hour };

/** A screen 1366 pixels wide, and a data point for each of them, as Grafana asks for. */
const pixels = 1366;
/** Requests a browser has under way at a time. */
const parallel = 6;

export const dashboards: Suite = {
  name: 'dashboards',
  question:
    'How long does a query of a board take alone, and all of a board at once, over 2,000 series among 18,000 others, with and without recorded rates?',
  subjects: ['recorded rates', 'raw counters'],
  workloads: Object.keys(ranges),
  packages: [],
  async measure(subject, workload, quick) {
    const range = quick ? hour : (ranges[workload] as number);
    const folder = await boardData(quick ? 2 : 7 * 24);
    const prometheus = await serve(path.join(folder, 'data'));
    try {
      const sample: Record<string, number> = {};
      const alone: number[] = [];
      for (const board of boards) {
        const { open, collapsed } = asked(board, range, subject === 'raw counters' ? withoutRates : (expr) => expr);
        const began = performance.now();
        await Promise.all(lanes(open).map((lane) => ask(prometheus.url, lane, range)));
        sample[`${board.uid}Milliseconds`] = performance.now() - began;
        alone.push(...(await ask(prometheus.url, [...open, ...collapsed], range)));
      }
      return { ...sample, slowestQueryMilliseconds: Math.max(...alone) };
    } finally {
      await prometheus.stop();
    }
  },
};

export interface Asked {
  readonly panel: string;
  readonly expr: string;
  /** Seconds between two points; nothing: it asks for now. */
  readonly step?: number;
}

/** What a board asks when it is opened, and what more when its collapsed rows are opened. */
export function asked(
  board: Board,
  range: number,
  rewritten: (expr: string) => string,
): Readonly<Record<'open' | 'collapsed', readonly Asked[]>> {
  const queries = (panels: readonly Panel[]) =>
    panels.flatMap(({ gridPos, targets = [], title }) => {
      const step = Math.max(15, Math.ceil((range * 24) / (gridPos.w * pixels)));
      // As the variable of the boards chooses it: a sixtieth of the time, five minutes at least.
      const interval = `${Math.max(Math.round(range / 60), 300)}s`;
      return targets.map(({ expr, instant }) => ({
        panel: title ?? '',
        expr: rewritten(expr)
          .replaceAll('$window', interval)
          .replace(/\$[a-z]+/g, '.*'),
        ...(!instant && { step }),
      }));
    });
  const panels = (dashboard(board, boards).panels ?? []) as Panel[];
  return { open: queries(panels), collapsed: queries(panels.flatMap((panel) => panel.panels ?? [])) };
}

interface Panel {
  readonly title?: string;
  readonly gridPos: { readonly w: number };
  readonly targets?: readonly { readonly expr: string; readonly instant?: boolean }[];
  /** Of a collapsed row. */
  readonly panels?: readonly Panel[];
}

/** The same query on the counters that a recorded rate is made of. */
function withoutRates(query: string): string {
  return query.replace(
    /(?:avg|sum)_over_time\((onyx:[\w:]+:rate1m)(?:_all_routes)?(?:\{([^}]*)\})?(\[[^\]]+\][^)]*)\)/g,
    (whole, name: string, matchers: string | undefined, window: string) => {
      const rule = recordingGroups.flatMap(({ rules }) => rules).find(({ record }) => record === name);
      const [, counter, own] = /rate\((\w+)(?:\{([^}]*)\})?\[/.exec(rule?.expr ?? '') ?? [];
      return counter ? `rate(${counter}{${[own, matchers].filter(Boolean).join(', ')}}${window})` : whole;
    },
  );
}

function lanes(queries: readonly Asked[]): Asked[][] {
  return Array.from({ length: parallel }, (_, lane) => queries.filter((_, index) => index % parallel === lane));
}

/** Asks one after the other; milliseconds of each. Rejects with what Prometheus says of a query it refuses. */
export async function ask(url: string, queries: readonly Asked[], range: number): Promise<number[]> {
  const took: number[] = [];
  for (const { expr, step } of queries) {
    const [call, times] = step
      ? ['query_range', { start: end - range, end: end - 15, step }]
      : ['query', { time: end - 15 }];
    const parameters = new URLSearchParams({ query: expr });
    for (const [name, value] of Object.entries(times)) parameters.set(name, String(value));
    const began = performance.now();
    const answer = await fetch(`${url}/api/v1/${call}?${parameters}`);
    const body = await answer.text();
    took.push(performance.now() - began);
    if (!answer.ok) throw new Error(`${expr}: ${body}`);
  }
  return took;
}

/** Prometheus on data that was made before. It leaves blocks unchanged: many small ones, the slowest there can be. */
export async function serve(data: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'onyx-dashboards-'));
  await writeFile(path.join(folder, 'prometheus.yml'), '{}');
  await symlink(data, path.join(folder, 'data'));
  const address = `127.0.0.1:${await getPort()}`;
  const process = execa(
    await binary('prometheus'),
    [
      ...[`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`],
      ...[`--web.listen-address=${address}`, '--storage.tsdb.retention.time=100y'],
      ...['--storage.tsdb.min-block-duration=2h', '--storage.tsdb.max-block-duration=2h'],
    ],
    { all: true, reject: false },
  );
  const url = `http://${address}`;
  const ended = process.then(({ all }) => Promise.reject(new Error(`Prometheus ended:\n${all}`)));
  ended.catch(() => undefined);
  const ready = async () => {
    while (
      !(await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await new Promise((wait) => setTimeout(wait, 50));
  };
  await Promise.race([ready(), ended]);
  return {
    url,
    stop: async () => {
      process.kill('SIGTERM');
      await process;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
