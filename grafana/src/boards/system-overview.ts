// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { stat, state, timeseries } from '../panels.ts';
import { chatFailures, chatLatency, chatRate } from '../signals/chat.ts';
import { cpuUse, diskUse, memoryUse } from '../signals/host.ts';
import { retrievalLatency } from '../signals/retrieval.ts';
import { serviceUp } from '../signals/services.ts';
import { activeAgents, taskRate } from '../signals/work.ts';
import { saturation } from '../thresholds.ts';

export const systemOverview: Board = {
  uid: 'system-overview',
  title: 'System Overview',
  description: 'Is it fine? The six core services, what users wait for, and what the machine has left.',
  rows: [
    {
      title: 'Now',
      height: 5,
      panels: [
        { width: 12, panel: state(serviceUp) },
        { width: 4, panel: stat(cpuUse, saturation) },
        { width: 4, panel: stat(memoryUse, saturation) },
        { width: 4, panel: stat(diskUse, saturation) },
      ],
    },
    {
      title: 'Chat',
      height: 8,
      panels: [
        { width: 8, panel: timeseries(chatRate) },
        { width: 8, panel: timeseries(chatFailures) },
        { width: 8, panel: timeseries(chatLatency) },
      ],
    },
    {
      title: 'Retrieval, tasks and agents',
      height: 8,
      panels: [
        { width: 8, panel: timeseries(retrievalLatency) },
        { width: 8, panel: timeseries(taskRate) },
        { width: 8, panel: timeseries(activeAgents) },
      ],
    },
    {
      title: 'Machine',
      height: 8,
      panels: [
        { width: 8, panel: timeseries(cpuUse, saturation) },
        { width: 8, panel: timeseries(memoryUse, saturation) },
        { width: 8, panel: timeseries(diskUse, saturation) },
      ],
    },
  ],
};
