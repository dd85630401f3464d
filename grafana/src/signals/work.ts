// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { rate, total } from '../promql.ts';
import type { Signal } from './signal.ts';

export const taskRate: Signal = {
  title: 'Background tasks',
  description: 'Tasks that ended, well (true) or not (false). Failures of one type only point at what that type needs.',
  unit: units.OpsPerSecond,
  expr: rate('onyx_task_completion_total', ['task_type', 'success']),
  legend: '{{task_type}}, success {{success}}',
  empty: 'No task ended in this time',
};

export const activeAgents: Signal = {
  title: 'Active agents',
  description:
    'Agents running now, by type and status. A rising number of waiting ones points at what they wait for: models or Redis.',
  unit: units.Short,
  expr: total('onyx_active_agents', ['agent_type', 'status']),
  legend: '{{agent_type}}, {{status}}',
  empty: 'No agent has run yet',
};
