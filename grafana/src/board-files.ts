// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { applicationPerformance } from './boards/application-performance.ts';
import { infrastructureHealth } from './boards/infrastructure-health.ts';
import { llmMetrics } from './boards/llm-metrics.ts';
import { ragPerformance } from './boards/rag-performance.ts';
import { systemOverview } from './boards/system-overview.ts';
import { dashboard } from './dashboard.ts';

export const boards = [systemOverview, applicationPerformance, llmMetrics, ragPerformance, infrastructureHealth];

/** What `grafana/dashboards/` holds: content by file name. */
export function boardFiles(): Map<string, string> {
  return new Map(
    boards.map((board) => [`${board.uid}.json`, `${JSON.stringify(dashboard(board, boards), null, 2)}\n`]),
  );
}
