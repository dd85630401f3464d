// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { rate, share, total } from '../promql.ts';
import * as limits from '../thresholds.ts';
import { type Signal, scoped } from './signal.ts';
import * as traffic from './traffic.ts';

export const taskRate: Signal = {
  title: 'Background tasks',
  description:
    'Tasks each second that ended in the last $window. If none end although some were given, the worker hangs.',
  unit: units.OpsPerSecond,
  queries: [
    { expr: rate('onyx_task_completion_total{success="true"}'), legend: 'well' },
    { expr: rate('onyx_task_completion_total{success="false"}'), legend: 'failed' },
  ],
  empty: { because: 'fault', text: 'Onyx does not report' },
};

export const taskFailures: Signal = {
  title: 'Tasks that fail, by type',
  description:
    'Share of the tasks of the last $window that did not end well. One type alone points at what that type needs.',
  unit: units.PercentUnit,
  ...scoped('', ({ over }) => [
    {
      expr: share(
        rate('onyx_task_completion_total{success="false"}', ['task_type'], over),
        rate('onyx_task_completion_total', ['task_type'], over),
      ),
      legend: '{{task_type}}',
    },
  ]),
  empty: { because: 'traffic', text: 'No task ended in this time', unless: traffic.tasks },
  threshold: limits.taskFailures,
};

export const taskQueue: Signal = {
  title: 'Tasks that wait',
  description: 'Background tasks that were given and have not ended. If it grows, see whether they fail or hang.',
  unit: units.Short,
  // Of business.yaml: upstream Onyx has a metric of that name for each of its Celery queues, which are something else.
  queries: [{ expr: 'max(onyx_queue_depth{service="supabase"})', legend: 'waiting' }],
  empty: { because: 'component', text: 'The queue is not counted: see collector-config/business.yaml' },
  threshold: limits.taskQueue,
};

export const activeAgents: Signal = {
  title: 'Active agents',
  description: 'Agents now, by status. If more of them wait, look at models and at Redis.',
  unit: units.Short,
  queries: [{ expr: total('onyx_active_agents', ['status']), legend: '{{status}}' }],
  empty: { because: 'traffic', text: 'No agent has run yet', unless: traffic.agents },
};
