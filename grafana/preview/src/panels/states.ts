// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  applyNullInsertThreshold,
  type DataFrame,
  type DisplayValue,
  FALLBACK_COLOR,
  type Field,
  FieldColorModeId,
  FieldType,
  formattedValueToString,
  type GrafanaTheme2,
  getActiveThreshold,
  getFieldDisplayName,
  getValueFormat,
  type TimeRange,
} from '@grafana/data';

/*
 * States as Grafana's state timeline makes them of values (docs/reference/preview.md): equal values are one state. Where
 * colours come from thresholds, a state is the step that a value is in, named by the bounds of that step.
 */

/** A time during which a row held one state. */
interface State {
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly color: string;
}

export interface StateRow {
  readonly name: string;
  readonly states: readonly State[];
  /** What the legend says of this row: also what a missing value is called. */
  readonly looks: readonly Look[];
}

type Look = Pick<State, 'text' | 'color'>;

/** The row of a frame of time and value; a missing value ends a state, the last one lasts to the end of the range. */
export function stateRow(frame: DataFrame, range: TimeRange, theme: GrafanaTheme2): StateRow {
  const [from, end] = [range.from.valueOf(), range.to.valueOf()];
  const whole = applyNullInsertThreshold({ frame, refFieldPseudoMin: from, refFieldPseudoMax: end });
  const [time, field] = whole.fields;
  if (time === undefined || field === undefined) return { name: '', states: [], looks: [] };
  const steps = stepLooks(field, theme);
  const lookOf = steps === undefined ? (value: number | null) => shown(field.display?.(value)) : steps.of;
  const states: State[] = [];
  field.values.forEach((value: number | null, index) => {
    if (value === null) return;
    const [at, to] = [Number(time.values[index]), Number(time.values[index + 1] ?? end)];
    const look = lookOf(value);
    const last = states.at(-1);
    const goesOn = last?.to === at && (steps ? last.text === look.text : field.values[index - 1] === value);
    if (last && goesOn) states[states.length - 1] = { ...last, to };
    else states.push({ from: at, to, ...look });
  });
  const looks = steps?.all ?? field.values.map((value) => shown(field.display?.(value)));
  return { name: getFieldDisplayName(frame.fields[1] as Field, frame), states, looks };
}

const shown = (display: DisplayValue | undefined): Look => ({
  text: display ? formattedValueToString(display) : '',
  color: display?.color ?? FALLBACK_COLOR,
});

/** What the steps of a field's thresholds are called, when it is they that colour it. */
function stepLooks({ type, config }: Field, theme: GrafanaTheme2) {
  const { steps = [] } = config.thresholds ?? {};
  if (config.color?.mode !== FieldColorModeId.Thresholds || type !== FieldType.number || steps.length === 0) return;
  const format = getValueFormat(config.unit ?? '');
  const said = (value: number) => formattedValueToString(format(value, config.decimals ?? undefined));
  const all = steps.map(({ value, color }, index) => {
    const next = steps[index + 1];
    const text = value === Number.NEGATIVE_INFINITY && next ? `< ${said(next.value)}` : `${said(value)}+`;
    return { text, color: theme.visualization.getColorByName(color) };
  });
  const of = (value: number | null): Look =>
    all[steps.indexOf(getActiveThreshold(value ?? Number.NaN, steps))] ?? { text: '', color: FALLBACK_COLOR };
  return { all, of };
}

/** Every state once, for the legend; the last row that has a text gives it its colour. */
export function distinctLooks(rows: readonly StateRow[]): Look[] {
  const byText = new Map(rows.flatMap(({ looks }) => looks).map(({ text, color }) => [text, color]));
  return [...byText].flatMap(([text, color]) => (text === '' ? [] : [{ text, color }]));
}
