// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { window } from '../promql.ts';
import type { Signal } from '../signals/signal.ts';

export interface Alert {
  /** PascalCase; also the heading of its runbook. */
  readonly name: string;
  readonly expr: string;
  /** How long it must hold before it fires. */
  readonly for?: string;
  /** `critical`: users notice, look now. `warning`: look today. `none`: for machines. */
  readonly severity: 'critical' | 'warning' | 'none';
  /** Services without which it follows by itself: Alertmanager tells nobody of it while one of them is down. */
  readonly needs?: readonly string[];
  /** One line with what it is about. */
  readonly summary: string;
  /** What was measured and against which limit, with the value. */
  readonly description: string;
  /** Where to look: the panel of the board that draws the signal. */
  readonly panel: readonly [Board, Signal];
}

/** What a panel draws, as a rule may ask it: over a fixed window and for everything, not for what was chosen on a board. */
export function everywhere({ queries }: Signal, over = '5m', index = 0): string {
  const expr = queries[index]?.expr ?? '';
  return expr
    .replaceAll(window, over)
    .replace(/\w+=~"\$\w+"(, )?/g, '')
    .replace(/, }/g, '}')
    .replaceAll('{}', '');
}
