// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BarGaugeValueMode,
  type SingleStatBaseOptions,
} from '@grafana/schema';
import { BarGauge, useTheme2, VizRepeater } from '@grafana/ui';
import type { Adapter, DrawProps } from './adapter.ts';
import { singleValueOptions } from './stat.tsx';

interface Options extends SingleStatBaseOptions {
  readonly displayMode: BarGaugeDisplayMode;
  readonly showUnfilled: boolean;
  readonly valueMode: BarGaugeValueMode;
  readonly namePlacement: BarGaugeNamePlacement;
  readonly sizing: BarGaugeSizing;
  readonly minVizWidth: number;
  readonly minVizHeight: number;
  readonly maxVizHeight: number;
}

function Draw({ frames, options, fieldConfig, replace, width, height }: DrawProps<Options>) {
  const theme = useTheme2();
  const isManual = options.sizing === BarGaugeSizing.Manual;
  const getValues = () =>
    getFieldDisplayValues({
      data: frames,
      fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables: replace,
      theme,
      timeZone: 'browser',
    });
  return (
    <VizRepeater
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, alignmentFactors, orientation, count, width, height }) => (
        <BarGauge
          value={value.display}
          field={value.field}
          {...displayOf(value)}
          orientation={orientation}
          displayMode={options.displayMode}
          showUnfilled={options.showUnfilled}
          valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
          alignmentFactors={count > 1 ? alignmentFactors : undefined}
          text={options.text}
          itemSpacing={10}
          lcdCellWidth={12}
          width={width}
          height={height}
          theme={theme}
        />
      )}
      source={frames}
      renderCounter={0}
      orientation={options.orientation}
      itemSpacing={10}
      minVizWidth={isManual ? options.minVizWidth : 8}
      minVizHeight={isManual ? options.minVizHeight : 16}
      maxVizHeight={isManual ? options.maxVizHeight : 300}
      width={width}
      height={height}
    />
  );
}

function displayOf({ view, colIndex = 0 }: FieldDisplay) {
  const display = view?.getFieldDisplayProcessor(colIndex);
  return display ? { display } : {};
}

export const barGauge: Adapter = {
  options: {
    ...singleValueOptions,
    displayMode: BarGaugeDisplayMode.Gradient,
    valueMode: BarGaugeValueMode.Color,
    namePlacement: BarGaugeNamePlacement.Auto,
    sizing: BarGaugeSizing.Auto,
    ...{ showUnfilled: true, minVizWidth: 8, minVizHeight: 16, maxVizHeight: 300 },
  },
  drawsEmpty: true,
  Draw,
};
