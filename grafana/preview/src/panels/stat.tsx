// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import {
  BigValueGraphMode,
  type PercentChangeColorMode,
  type SingleStatBaseOptions,
  VizOrientation,
} from '@grafana/schema';
import {
  BigValue,
  type BigValueColorMode,
  type BigValueJustifyMode,
  type BigValueTextMode,
  useTheme2,
  VizRepeater,
} from '@grafana/ui';
import type { Adapter, DrawProps } from './adapter.ts';

interface Options extends SingleStatBaseOptions {
  readonly colorMode: BigValueColorMode;
  readonly graphMode: BigValueGraphMode;
  readonly justifyMode: BigValueJustifyMode;
  readonly textMode: BigValueTextMode;
  readonly wideLayout: boolean;
  readonly showPercentChange: boolean;
  readonly percentChangeColorMode: PercentChangeColorMode;
}

function Draw({ frames, options, fieldConfig, range, replace, width, height }: DrawProps<Options>) {
  const theme = useTheme2();
  const getValues = () =>
    getFieldDisplayValues({
      data: frames,
      fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables: replace,
      theme,
      sparkline: options.graphMode !== BigValueGraphMode.None,
      percentChange: options.showPercentChange,
      timeZone: 'browser',
    });
  return (
    <VizRepeater
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, alignmentFactors, count, width, height }) => (
        <BigValue
          value={value.display}
          count={count}
          sparkline={withRange(value, range)}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode}
          percentChangeColorMode={options.percentChangeColorMode}
          disableWideLayout={!options.wideLayout}
          alignmentFactors={alignmentFactors}
          text={options.text}
          width={width}
          height={height}
          theme={theme}
        />
      )}
      source={frames}
      renderCounter={0}
      orientation={options.orientation}
      autoGrid
      itemSpacing={3}
      width={width}
      height={height}
    />
  );
}

function withRange({ sparkline }: FieldDisplay, timeRange: DrawProps['range']) {
  return sparkline && { ...sparkline, timeRange };
}

export const singleValueOptions = {
  orientation: VizOrientation.Auto,
  reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
};

export const stat: Adapter = {
  options: {
    ...singleValueOptions,
    ...{ colorMode: 'value', graphMode: 'area', justifyMode: 'auto', textMode: 'auto', wideLayout: true },
    ...{ showPercentChange: false, percentChangeColorMode: 'standard' },
  },
  field: { thresholds: undefined },
  drawsEmpty: true,
  Draw,
};
