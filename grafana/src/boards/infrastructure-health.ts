// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { bars, stacked, stat, tiles, timeline, timeseries } from '../panels.ts';
import * as collector from '../signals/collector.ts';
import * as containers from '../signals/containers.ts';
import * as host from '../signals/host.ts';
import * as proxy from '../signals/litellm.ts';
import * as postgres from '../signals/postgres.ts';
import * as prometheus from '../signals/prometheus.ts';
import * as qdrant from '../signals/qdrant.ts';
import * as redis from '../signals/redis.ts';
import * as services from '../signals/services.ts';

export const infrastructureHealth: Board = {
  uid: 'infrastructure-health',
  title: 'Infrastructure Health',
  description:
    'Does everything run, and has it room? Services, containers, stores, and the pipeline that measures them.',
  rows: [
    {
      title: 'Does everything run?',
      height: 4,
      panels: [
        { width: 14, panel: tiles(collector.targets) },
        { width: 3, panel: stat(postgres.connections) },
        { width: 3, panel: stat(redis.redisMemoryUse) },
        { width: 4, panel: stat(services.firingAlerts) },
      ],
    },
    {
      title: 'Services',
      height: 8,
      panels: [
        { width: 16, panel: timeline(services.serviceHistory) },
        { width: 8, panel: bars(host.diskUse) },
      ],
    },
    {
      title: 'Containers',
      height: 8,
      panels: [
        { width: 6, panel: timeseries(containers.containerCpu) },
        { width: 6, panel: timeseries(containers.containerMemory) },
        { width: 6, panel: timeseries(containers.containerRestarts) },
        { width: 6, panel: bars(containers.containerUptime) },
      ],
    },
    {
      title: 'Disk',
      height: 7,
      panels: [
        { width: 12, panel: timeseries(host.diskTraffic) },
        { width: 12, panel: timeseries(host.diskIn24Hours) },
      ],
    },
    {
      title: 'Redis',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(redis.redisMemory) },
        { width: 6, panel: timeseries(redis.redisCommands) },
        { width: 6, panel: timeseries(redis.redisClients) },
        { width: 6, panel: timeseries(redis.redisEvictions) },
      ],
    },
    {
      title: 'Postgres',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(postgres.transactions) },
        { width: 6, panel: timeseries(postgres.cacheHits) },
        { width: 6, panel: timeseries(postgres.databaseSize) },
        { width: 6, panel: timeseries(postgres.deadlocks) },
      ],
    },
    {
      title: 'Qdrant and LiteLLM',
      height: 7,
      panels: [
        { width: 6, panel: timeseries(qdrant.qdrantMemory) },
        { width: 6, panel: timeseries(qdrant.qdrantFiles) },
        { width: 6, panel: timeseries(proxy.proxyMemory) },
        { width: 6, panel: timeseries(proxy.proxyInFlight) },
      ],
    },
    {
      title: 'Scrapes, against 10 ms and 1,000 lines',
      height: 8,
      panels: [
        { width: 8, panel: bars(collector.scrapeTime) },
        { width: 8, panel: timeseries(collector.scrapeCourse) },
        { width: 8, panel: bars(collector.lines) },
      ],
    },
    {
      title: 'Collector',
      height: 7,
      panels: [
        { width: 8, panel: stacked(collector.accepted) },
        { width: 8, panel: timeseries(collector.refused) },
        { width: 8, panel: timeseries(collector.failedExports) },
      ],
    },
    {
      title: 'What the collector costs, and what was folded',
      height: 7,
      panels: [
        { width: 8, panel: timeseries(collector.collectorMemory) },
        { width: 8, panel: timeseries(collector.collectorCpu) },
        { width: 8, panel: timeseries(collector.foldedMeasurements) },
      ],
    },
    {
      title: 'Prometheus',
      height: 7,
      panels: [
        { width: 5, panel: timeseries(prometheus.series) },
        { width: 5, panel: timeseries(prometheus.ingestion) },
        { width: 4, panel: timeseries(prometheus.storage) },
        { width: 5, panel: timeseries(prometheus.queryTime) },
        { width: 5, panel: timeseries(prometheus.ruleFailures) },
      ],
    },
  ],
};
