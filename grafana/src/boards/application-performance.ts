// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { stacked, stat, timeseries } from '../panels.ts';
import * as http from '../signals/http.ts';
import * as objective from '../signals/objective.ts';
import * as runtime from '../signals/runtime.ts';
import * as work from '../signals/work.ts';

export const applicationPerformance: Board = {
  uid: 'application-performance',
  title: 'Application Performance',
  description: 'Do the applications answer, how often and how quickly? By service and route, down to their processes.',
  variables: [
    {
      name: 'service',
      label: 'Service',
      series: 'http_server_active_requests',
      of: 'service',
    },
    {
      name: 'route',
      label: 'Route',
      series: 'onyx:http_request_duration_seconds_bucket:rate1m{service=~"$service"}',
      of: 'http_route',
    },
  ],
  rows: [
    {
      title: 'Do they answer?',
      height: 4,
      panels: [
        { width: 5, panel: stat(http.requestRateNow) },
        { width: 5, panel: stat(http.requestErrorsNow) },
        { width: 5, panel: stat(http.requestLatencyNow) },
        { width: 4, panel: stat(http.requestsInFlightNow) },
        { width: 5, panel: stat(objective.budgetLeft) },
      ],
    },
    {
      title: 'Rate and errors',
      height: 8,
      panels: [
        { width: 8, panel: timeseries(http.requestRate) },
        { width: 8, panel: stacked(http.requestStatuses) },
        { width: 8, panel: timeseries(http.requestErrors) },
      ],
    },
    {
      title: 'Duration',
      height: 8,
      panels: [
        { width: 6, panel: timeseries(http.requestPercentiles) },
        { width: 6, panel: timeseries(http.requestLatency) },
        { width: 6, panel: timeseries(http.requestsAndYesterday) },
        { width: 6, panel: timeseries(http.latencyGrowth) },
      ],
    },
    {
      title: 'Error budget and background tasks',
      height: 7,
      panels: [
        { width: 8, panel: timeseries(objective.burnRates) },
        { width: 8, panel: timeseries(objective.budgetCourse) },
        { width: 8, panel: timeseries(work.taskFailures) },
      ],
    },
    {
      title: 'Event loop and garbage',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(runtime.requestsInFlight) },
        { width: 6, panel: timeseries(runtime.eventLoopDelay) },
        { width: 6, panel: timeseries(runtime.garbageShare) },
        { width: 6, panel: timeseries(runtime.longCollections) },
      ],
    },
    {
      title: 'Memory and CPU',
      height: 7,
      panels: [
        { width: 8, panel: timeseries(runtime.heapUse) },
        { width: 8, panel: timeseries(runtime.residentMemory) },
        { width: 8, panel: timeseries(runtime.processCpu) },
      ],
    },
  ],
};
