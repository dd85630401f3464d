// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * Where a click leads, as Grafana's data links write it. Time and choices go along to a board; what a row or a value is comes from the
 * row itself.
 */

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables of Grafana, not of JavaScript
/** What is chosen on the board one comes from. */
const kept = '${__url_time_range}&${__all_variables}';

/** A panel of a board, alone on the screen. */
export const toPanel = (uid: string, panel: number): string => `/d/${uid}?viewPanel=panel-${panel}&${kept}`;

/** The value of a column in the row that was clicked. */
export const ofRow = (column: string): string => `\${__data.fields.${column}}`;

/** The board that the row names in its column `board`, narrowed to what it is called in `name`. */
export const toBoardOfRow = (name: string): string => `/d/${ofRow('board')}?var-${name}=${ofRow(name)}&${kept}`;

/** The page of a runbook with an alert's heading in view, from where Grafana serves files that belong to no login. */
export const runbook = (page: string, alert: string): string => `/public/runbooks/${page}.md#:~:text=${alert}`;

/** The same of a cell that names the page, in a row that names the alert. */
export const runbookOfRow = (alertColumn: string): string => runbook('${__value.raw}', ofRow(alertColumn));
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: variables of Grafana, not of JavaScript
