// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { DataFrame, FieldConfig, FieldConfigSource, InterpolateFunction, TimeRange } from '@grafana/data';
import type { ComponentType } from 'react';

export interface DrawProps<Options = Readonly<Record<string, unknown>>> {
  readonly frames: DataFrame[];
  readonly options: Options;
  readonly fieldConfig: FieldConfigSource;
  readonly range: TimeRange;
  readonly replace: InterpolateFunction;
  /** Pixels inside the panel's frame. */
  readonly width: number;
  readonly height: number;
  readonly onRange: (from: number, to: number) => void;
}

/** One panel type: what Grafana's plugin of that name does beyond the shared parts. */
export interface Adapter {
  /** Settings the plugin of Grafana fills in. */
  readonly options: object;
  readonly field?: FieldConfig<object>;
  /** Whether the panel draws something of its own when there is no data, such as its "no value" text in a tile. */
  readonly drawsEmpty?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each adapter knows the options of its own type, which JSON cannot prove
  readonly Draw: ComponentType<DrawProps<any>>;
}
