// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type DataFrame, FALLBACK_COLOR, formattedValueToString, getFieldDisplayName } from '@grafana/data';

/** A time during which a row held one state. */
export interface State {
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly color: string;
}

export interface StateRow {
  readonly name: string;
  readonly states: readonly State[];
}

/** The row of a frame of time and value; a missing value ends a state, the last one lasts to `end`. */
export function stateRow(frame: DataFrame, end: number): StateRow {
  const states: State[] = [];
  const [time, field] = frame.fields;
  if (time === undefined || field === undefined) return { name: '', states };
  field.values.forEach((value: number | null, index) => {
    const display = field.display?.(value);
    if (value === null || display === undefined) return;
    const [from, to] = [Number(time.values[index]), Number(time.values[index + 1] ?? end)];
    const state = { from, to, text: formattedValueToString(display), color: display.color ?? FALLBACK_COLOR };
    const last = states.at(-1);
    if (last && last.to === from && last.text === state.text && last.color === state.color)
      states[states.length - 1] = { ...last, to };
    else states.push(state);
  });
  return { name: getFieldDisplayName(field, frame), states };
}

/** Every state on screen once, for the legend. */
export function distinctStates(rows: readonly StateRow[]): State[] {
  const byLook = new Map(rows.flatMap(({ states }) => states).map((state) => [`${state.color} ${state.text}`, state]));
  return [...byLook.values()];
}
