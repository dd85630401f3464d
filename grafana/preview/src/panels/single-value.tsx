// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { type FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import { BigValueGraphMode, type SingleStatBaseOptions, VizOrientation } from '@grafana/schema';
import {
  type Options as BarGaugeOptions,
  defaultOptions as barGaugeDefaults,
} from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import {
  type Options as StatOptions,
  defaultOptions as statDefaults,
} from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import { BarGauge, BigValue, useTheme2, VizRepeater } from '@grafana/ui';
import type { ComponentProps } from 'react';
import type { Adapter, DrawProps } from './adapter.ts';

type Repeater = ComponentProps<typeof VizRepeater<FieldDisplay, ReturnType<typeof getDisplayValueAlignmentFactors>>>;

interface ValuesProps extends DrawProps<SingleStatBaseOptions>, Pick<Repeater, 'renderValue' | 'itemSpacing'> {
  readonly autoGrid?: boolean;
  readonly sparkline?: boolean;
}

/** Each value of the frames, drawn in an equal share of the panel. */
function Values({ frames, options, fieldConfig, replace, sparkline = false, ...repeater }: ValuesProps) {
  const theme = useTheme2();
  const { reduceOptions, orientation } = options;
  const getValues = () =>
    getFieldDisplayValues({
      ...{ data: frames, fieldConfig, reduceOptions, replaceVariables: replace, theme, sparkline },
      timeZone: 'browser',
    });
  return (
    <VizRepeater
      {...repeater}
      {...{ getValues, orientation, source: frames, getAlignmentFactors: getDisplayValueAlignmentFactors }}
      renderCounter={0}
    />
  );
}

const singleValueOptions = {
  orientation: VizOrientation.Auto,
  reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
};

function Stat(props: DrawProps<StatOptions>) {
  const theme = useTheme2();
  const { range, options } = props;
  const { colorMode, graphMode, justifyMode, textMode, wideLayout, text } = options;
  return (
    <Values
      {...props}
      autoGrid
      itemSpacing={3}
      sparkline={graphMode !== BigValueGraphMode.None}
      renderValue={({ value, orientation: _, ...size }) => {
        const [link] = value.getLinks?.() ?? [];
        const drawn = (
          <BigValue
            {...{ colorMode, graphMode, justifyMode, textMode, text, theme, ...size }}
            value={value.display}
            sparkline={value.sparkline && { ...value.sparkline, timeRange: range }}
            disableWideLayout={!wideLayout}
          />
        );
        return link ? (
          <a href={link.href} title={link.title} target={link.target}>
            {drawn}
          </a>
        ) : (
          drawn
        );
      }}
    />
  );
}

function Bars(props: DrawProps<BarGaugeOptions>) {
  const theme = useTheme2();
  const { displayMode, showUnfilled, valueMode, namePlacement, text } = props.options;
  return (
    <Values
      {...props}
      itemSpacing={10}
      renderValue={({ value: { display, field, view, colIndex = 0 }, alignmentFactors, count, ...size }) => (
        <BarGauge
          {...{ displayMode, showUnfilled, namePlacement, text, theme, field, ...size }}
          value={display}
          display={view?.getFieldDisplayProcessor(colIndex)}
          valueDisplayMode={valueMode}
          alignmentFactors={count > 1 ? alignmentFactors : undefined}
          itemSpacing={10}
          lcdCellWidth={12}
        />
      )}
    />
  );
}

export const stat: Adapter = {
  options: { ...singleValueOptions, ...statDefaults },
  field: { thresholds: undefined },
  drawsEmpty: true,
  Draw: Stat,
};

export const barGauge: Adapter = {
  options: { ...singleValueOptions, ...barGaugeDefaults },
  drawsEmpty: true,
  Draw: Bars,
};
