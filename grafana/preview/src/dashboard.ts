// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What the preview reads of Grafana's dashboard JSON. No types of Grafana here: tests read this where its packages are not installed. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly refresh?: string;
  readonly time?: { readonly from: string; readonly to: string };
  readonly graphTooltip?: number;
  readonly links?: readonly Link[];
  readonly templating?: { readonly list?: readonly Variable[] };
  readonly annotations?: { readonly list?: readonly { readonly builtIn?: number; readonly name?: string }[] };
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly transparent?: boolean;
  /** Of a row only. */
  readonly collapsed?: boolean;
  /** The panels of a collapsed row. */
  readonly panels?: readonly Panel[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  /** Smallest step, such as `15s`. */
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly targets?: readonly Target[];
  readonly transformations?: readonly {
    readonly id: string;
    readonly disabled?: boolean;
    readonly options?: unknown;
  }[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: FieldConfigJson;
}

interface FieldConfigJson {
  readonly defaults: Readonly<Record<string, unknown>> & { readonly custom?: Readonly<Record<string, unknown>> };
  readonly overrides: readonly {
    readonly matcher: { readonly id: string; readonly options?: unknown };
    readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
  }[];
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  /** Smallest step, such as `15s`. */
  readonly interval?: string;
  readonly hide?: boolean;
}

export interface Variable {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  /** 2 hides it altogether. */
  readonly hide?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  /** 0 never, 1 with the board, 2 with each new time range. */
  readonly refresh?: number;
  readonly sort?: number;
  readonly regex?: string;
  readonly query?: string | { readonly query?: string };
  readonly definition?: string;
  readonly current?: { readonly value?: string | readonly string[] };
}

export interface Link {
  readonly type?: string;
  readonly title: string;
  readonly tooltip?: string;
  readonly tags?: readonly string[];
  readonly asDropdown?: boolean;
  readonly includeVars?: boolean;
  readonly keepTime?: boolean;
}
