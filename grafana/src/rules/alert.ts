// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import type { Signal } from '../signals/signal.ts';

export interface Alert {
  /** PascalCase; also the heading of its runbook. */
  readonly name: string;
  readonly expr: string;
  /** How long it must hold before it fires. */
  readonly for?: string;
  /** `critical`: users notice, look now. `warning`: look today. `info`: no action is needed at night. `none`: for machines. */
  readonly severity: 'critical' | 'warning' | 'info' | 'none';
  /** Services without which it follows by itself: Alertmanager sends no message of it while one of them is down. */
  readonly needs?: readonly string[];
  /** With `needs`: how far back it looks, so that it does not fire for what it still sees of an outage that is over. */
  readonly over?: `${number}m`;
  /** One line with what it is about. */
  readonly summary: string;
  /** What was measured, with the value. */
  readonly description: string;
  /** When it fires, with its limit: the first sentence of its runbook after "Fires when". */
  readonly when: string;
  /** What users feel meanwhile: nothing, too. */
  readonly users: string;
  /** Where to look: the panel of the board that draws the signal. */
  readonly panel: readonly [Board, Signal];
}

/**
 * What Prometheus evaluates. While a service that the alert needs is down, Alertmanager keeps it quiet; once the service is back, its
 * window still holds the outage. Throws an error that names an alert which does not say how far back it looks.
 */
export function evaluated({ name, expr, needs, over }: Alert): string {
  if (needs === undefined) return expr;
  if (over === undefined) throw new Error(`${name} needs services and does not say how far back it looks`);
  const up = `onyx:service_up{service=~"${needs.join('|')}"}`;
  return `(${expr}) unless on () (min(min_over_time(${up}[${over}])) == 0 and min(${up}) == 1)`;
}

/**
 * The query of a panel as a rule asks it: without the choices of a board, and over a fixed window. A signal that looks at one moment, or
 * at a window of its own, needs no window here.
 *
 * @param over a duration as PromQL writes it
 * @param index which line of the panel
 */
export function asked(signal: Signal, over?: string, index = 0): string {
  const queries = over === undefined ? signal.queries : signal.ofEverything?.(over);
  const expr = queries?.[index]?.expr ?? '';
  if (expr === '' || /[$]\D/.test(expr)) throw new Error(`"${signal.title}" has no line ${index} that a rule can ask`);
  return expr;
}
