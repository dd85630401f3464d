// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { stacked, stat, table, timeseries } from '../panels.ts';
import * as dependencies from '../signals/dependencies.ts';
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
        { width: 5, panel: stat(http.requestRateNow, http.requestRate) },
        { width: 5, panel: stat(http.requestErrorsNow, http.requestErrors) },
        { width: 5, panel: stat(http.requestLatencyNow, http.requestLatency) },
        { width: 4, panel: stat(http.requestsInFlightNow, runtime.requestsInFlight) },
        { width: 5, panel: stat(objective.budgetLeft, objective.burnRates) },
      ],
    },
    {
      title: 'Rate, errors, duration',
      height: 8,
      panels: [
        { width: 8, panel: stacked(http.requestStatuses) },
        { width: 8, panel: timeseries(http.requestPercentiles) },
        { width: 8, panel: timeseries(http.latencyAndYesterday) },
      ],
    },
    {
      title: 'By service and route',
      height: 10,
      panels: [
        {
          width: 24,
          panel: table(
            {
              title: 'Routes compared',
              description:
                'Each route of each service in the last $window. Begin with the busiest route that is slow or fails.',
              empty: { because: 'traffic', text: 'No request was answered in this time' },
            },
            { service: 'Service', http_route: 'Route' },
            [
              { signal: http.requestRate, name: 'Requests' },
              { signal: http.requestErrors, name: 'Failing' },
              { signal: http.requestMedian, name: 'p50' },
              { signal: http.requestLatency, name: 'p95' },
              { signal: http.requestTail, name: 'p99' },
              { signal: http.requestLatencyYesterday, name: 'p95 yesterday' },
            ],
          ),
        },
      ],
    },
    {
      title: 'Course of each route',
      height: 8,
      panels: [
        { width: 12, panel: timeseries(http.requestRate, 'right') },
        { width: 12, panel: timeseries(http.requestErrors, 'right') },
      ],
    },
    {
      title: 'Duration of each route, and of each service against its normal',
      height: 8,
      panels: [
        { width: 14, panel: timeseries(http.requestLatency, 'right') },
        { width: 10, panel: timeseries(http.latencyGrowth) },
      ],
    },
    {
      title: 'What it depends on: calls to others and to databases',
      height: 10,
      panels: [
        {
          width: 14,
          panel: table(
            {
              title: 'Dependencies compared',
              description:
                'Each dependency as each service sees it, in the last $window. If one is slow or fails here, the service is not the cause.',
              empty: { because: 'traffic', text: 'No service called another in this time' },
            },
            { service: 'Service', server_address: 'Target', server_port: 'Port' },
            [
              { signal: dependencies.callLatency, name: 'p95' },
              { signal: dependencies.callFailures, name: 'Failing' },
              { signal: dependencies.callRate, name: 'Calls' },
            ],
          ),
        },
        { width: 10, panel: timeseries(dependencies.callLatency) },
      ],
    },
    {
      title: 'What it depends on: failures, and waits for a connection',
      height: 7,
      panels: [
        { width: 12, panel: timeseries(dependencies.callErrors) },
        { width: 12, panel: timeseries(dependencies.connectionWait) },
      ],
    },
    {
      title: 'Error budget and background tasks',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(objective.burnRates) },
        { width: 6, panel: timeseries(objective.budgetCourse) },
        { width: 6, panel: timeseries(work.taskFailures) },
        { width: 6, panel: timeseries(work.taskQueue) },
      ],
    },
    {
      title: 'Processes: requests in progress, event loop, CPU',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(runtime.requestsInFlight) },
        { width: 6, panel: timeseries(runtime.eventLoopUse) },
        { width: 6, panel: timeseries(runtime.eventLoopDelay) },
        { width: 6, panel: timeseries(runtime.processCpu) },
      ],
    },
    {
      title: 'Processes: memory, garbage',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(runtime.residentMemory) },
        { width: 6, panel: timeseries(runtime.heapUse) },
        { width: 6, panel: timeseries(runtime.garbageShare) },
        { width: 6, panel: timeseries(runtime.longCollections) },
      ],
    },
  ],
};
