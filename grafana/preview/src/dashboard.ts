// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type * as schema from '@grafana/schema';

/** Grafana's dashboard JSON, with what its schema leaves open. Types only: tests read this where Grafana's other packages are not installed. */
export interface Dashboard extends Omit<schema.Dashboard, 'panels' | 'templating'> {
  uid: string;
  title: string;
  panels: Panel[];
  templating?: { list?: Variable[] };
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

export interface Variable extends schema.VariableModel {
  /** Of an interval: whether it may follow the time range, as which share of it, and no less than what. */
  auto?: boolean;
  auto_count?: number;
  auto_min?: string;
}
