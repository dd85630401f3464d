// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { boards } from '../../../grafana/src/board-files.ts';
import { boardDataAtLimits } from '../board-data.ts';
import type { Sample, Suite } from '../harness.ts';
import { type Asked, ask, asked, ranges, serve } from './dashboards.ts';

export const dashboardsAtLimits: Suite = {
  name: 'dashboards-at-limits',
  question: 'How long does each panel take with 100 routes, 25 models and 500 label sets of chats, up to a week back?',
  subjects: boards.map(({ uid }) => uid) as [string, ...string[]],
  workloads: Object.keys(ranges),
  packages: [],
  async measureTogether(workload, quick) {
    const range = ranges[quick ? '1 h' : workload] as number;
    const prometheus = await serve(path.join(await boardDataAtLimits(quick ? 2 : 7 * 24), 'data'));
    try {
      const samples: Record<string, Sample> = {};
      for (const board of boards) {
        const { open, collapsed } = asked(board, range, (expr) => expr);
        samples[board.uid] = await ofPanels(prometheus.url, [...open, ...collapsed], range);
      }
      return samples;
    } finally {
      await prometheus.stop();
    }
  },
};

/** Milliseconds of the queries of each panel, one after the other, and of the slowest panel. */
async function ofPanels(url: string, queries: readonly Asked[], range: number): Promise<Sample> {
  const panels: Record<string, number> = {};
  const took = await ask(url, queries, range);
  for (const [index, { panel }] of queries.entries()) panels[panel] = (panels[panel] ?? 0) + (took[index] as number);
  return { slowestPanelMilliseconds: Math.max(...Object.values(panels)), ...panels };
}
