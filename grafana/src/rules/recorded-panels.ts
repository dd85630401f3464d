// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { boards } from '../board-files.ts';
import { signalsOf } from '../dashboard.ts';
import type { RecordingGroup } from './recorded.ts';

/** How many lines each panel has that must have some, by board and panel; of one whose reason to be empty holds there is no series. */
export const panelLines = 'onyx:panel_lines';

/** A query of a board as a rule asks it: for everything, over the window a board begins with. */
const filled = (expr: string) => expr.replaceAll('$window', '5m').replace(/\$[a-z]+/g, '.*');

/** A legend's variables without the braces: evaluators other than Prometheus take those for templates of their own. */
const plain = (legend: string) => legend.replace(/\{\{(\w+)\}\}/g, (_, name: string) => `<${name}>`);

const lineOf = (expr: string, unless: string | undefined) => {
  const count = `count(${filled(expr)}) or vector(0)`;
  return unless === undefined ? count : `(${count}) and on () (${filled(unless)})`;
};

/**
 * What `npm run verify` knows of the emptiness of panels, all the time. Parts that not every platform has, failures and scrapes in push
 * mode may be missing for good: they are not watched.
 */
export const panelGroups: readonly RecordingGroup[] = [
  {
    name: 'panels',
    interval: '1m',
    rules: boards.flatMap((board) =>
      signalsOf(board).flatMap(({ title, empty: declared, queries }) =>
        queries.flatMap(({ expr, legend, empty, unless }) => {
          const because = empty ?? declared.because;
          if (because === 'component' || because === 'failure' || because === 'pull') return [];
          const condition = empty === undefined ? declared.unless : unless;
          if ((because === 'traffic' || because === 'history') && condition === undefined) return [];
          const labels = { board: board.title, panel: title, line: plain(legend) };
          return [{ record: panelLines, labels, expr: lineOf(expr, condition) }];
        }),
      ),
    ),
  },
];
