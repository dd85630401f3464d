// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type DataFrame, type Field, FieldType, formattedValueToString, getFieldDisplayName } from '@grafana/data';

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

/** One row for each series of a frame whose first field is the time; a missing value ends a state, the last one lasts to `end`. */
export function stateRows(frame: DataFrame, end: number, mergeEqual: boolean, fallback: string): StateRow[] {
  const [time, ...fields] = frame.fields;
  return fields
    .filter((field) => field.type === FieldType.number && !isHidden(field))
    .map((field) => ({
      name: getFieldDisplayName(field, frame),
      states: statesOf(time?.values ?? [], field, end, mergeEqual, fallback),
    }));
}

function statesOf(times: readonly number[], field: Field, end: number, mergeEqual: boolean, fallback: string): State[] {
  const states: State[] = [];
  // Undefined: a moment of another series. Null: a gap in this one.
  const own = times.flatMap((at, index) =>
    field.values[index] === undefined ? [] : [{ at, value: field.values[index] }],
  );
  own.forEach(({ at: from, value }, index) => {
    if (value === null) return;
    const to = own[index + 1]?.at ?? end;
    const display = field.display?.(value);
    const state = {
      from,
      to,
      text: display ? formattedValueToString(display) : String(value),
      color: display?.color ?? fallback,
    };
    const last = states.at(-1);
    const continues = last?.to === from && last.text === state.text && last.color === state.color;
    if (mergeEqual && last && continues) states[states.length - 1] = { ...last, to };
    else states.push(state);
  });
  return states;
}

/** Every state on screen once, for the legend. */
export function distinctStates(rows: readonly StateRow[]): State[] {
  const byLook = new Map(rows.flatMap(({ states }) => states).map((state) => [`${state.color} ${state.text}`, state]));
  return [...byLook.values()];
}

function isHidden({ config }: Field): boolean {
  return Boolean((config.custom as { hideFrom?: { viz?: boolean } } | undefined)?.hideFrom?.viz);
}
