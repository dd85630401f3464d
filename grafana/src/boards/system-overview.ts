// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { bars, list, stacked, stat, table, tiles, timeseries } from '../panels.ts';
import * as chat from '../signals/chat.ts';
import * as dependencies from '../signals/dependencies.ts';
import * as host from '../signals/host.ts';
import * as retrieval from '../signals/retrieval.ts';
import * as runtime from '../signals/runtime.ts';
import * as services from '../signals/services.ts';
import * as starts from '../signals/starts.ts';
import * as work from '../signals/work.ts';

export const systemOverview: Board = {
  uid: 'system-overview',
  title: 'System Overview',
  description: 'Is it fine? The six core services, what users wait for, and what the machine has left.',
  rows: [
    {
      title: 'Is it fine?',
      height: 6,
      panels: [
        { width: 8, panel: tiles(services.serviceUp) },
        { width: 5, panel: bars(services.serviceAge) },
        { width: 3, panel: stat(services.firingAlerts, services.alertList) },
        { width: 4, panel: stat(chat.chatFailuresNow, chat.chatFailures) },
        { width: 4, panel: stat(chat.chatLatencyNow, chat.modelChatLatency) },
      ],
    },
    {
      title: 'Which alerts fire',
      collapsed: true,
      height: 8,
      panels: [
        {
          width: 24,
          panel: list(services.alertList, {
            severity: 'Severity',
            alertname: 'Alert',
            service: 'Service',
            model: 'Model',
            instance: 'Instance',
            mountpoint: 'Disk',
            database: 'Database',
            task_type: 'Task',
            agent_type: 'Agent',
            runbook: 'Runbook',
          }),
        },
      ],
    },
    {
      title: 'What changed',
      collapsed: true,
      height: 7,
      panels: [
        {
          width: 24,
          panel: table(starts.changes, { service: 'Service', version: 'Version' }, [
            { signal: starts.changes, name: 'Started' },
          ]),
        },
      ],
    },
    {
      title: 'What users see',
      height: 7,
      panels: [
        { width: 6, panel: stacked(chat.chatRate) },
        { width: 6, panel: timeseries(chat.chatFailureCourse) },
        { width: 6, panel: timeseries(chat.chatPercentiles) },
        { width: 6, panel: bars(dependencies.waiting, 'above') },
      ],
    },
    {
      title: 'Machine',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(host.cpuUse) },
        { width: 6, panel: timeseries(host.memoryUse) },
        { width: 6, panel: timeseries(host.diskUse) },
        { width: 6, panel: timeseries(host.network) },
      ],
    },
    {
      title: 'Saturation',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(host.load) },
        { width: 6, panel: timeseries(host.diskBusy) },
        { width: 6, panel: timeseries(host.paging) },
        { width: 6, panel: timeseries(runtime.eventLoops) },
      ],
    },
    {
      title: 'Behind the answers',
      collapsed: true,
      height: 7,
      panels: [
        { width: 8, panel: timeseries(retrieval.retrievalLatency) },
        { width: 8, panel: stacked(work.taskRate) },
        { width: 8, panel: stacked(work.activeAgents) },
      ],
    },
  ],
};
