// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type * as schema from '@grafana/schema';

/** Grafana's dashboard JSON, with what its schema leaves open. Types only: tests read this where Grafana's other packages are not installed. */
export interface Dashboard extends Omit<schema.Dashboard, 'panels'> {
  uid: string;
  title: string;
  panels: Panel[];
}

export interface Panel extends Omit<schema.Panel, 'targets'> {
  id: number;
  gridPos: schema.GridPos;
  targets?: Target[];
  /** Of a row only. */
  collapsed?: boolean;
  /** The panels of a collapsed row. */
  panels?: Panel[];
}

export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  format?: string;
  hide?: boolean;
}

export type Variable = schema.VariableModel;
