// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { lines, seconds } from '../figures.ts';
import { bars, stacked, stat, tiles, timeline, timeseries } from '../panels.ts';
import * as collections from '../signals/collections.ts';
import * as collector from '../signals/collector.ts';
import * as containers from '../signals/containers.ts';
import * as host from '../signals/host.ts';
import * as proxy from '../signals/litellm.ts';
import * as postgres from '../signals/postgres.ts';
import * as prometheus from '../signals/prometheus.ts';
import * as qdrant from '../signals/qdrant.ts';
import * as redis from '../signals/redis.ts';
import * as services from '../signals/services.ts';
import { collectionTime, lines as limit, responseTime } from '../thresholds.ts';

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
        { width: 10, panel: tiles(collector.targets, services.serviceHistory) },
        { width: 5, panel: stat(postgres.connections, postgres.transactions) },
        { width: 4, panel: stat(redis.redisMemoryUse, redis.redisMemory) },
        { width: 5, panel: stat(host.fullestDisk, host.diskIn24Hours) },
      ],
    },
    {
      title: 'Services',
      height: 8,
      panels: [{ width: 24, panel: timeline(services.serviceHistory) }],
    },
    {
      title: `Answers and scrapes of the endpoints, against ${seconds(responseTime.critical)} and ${lines(limit.warning)}`,
      height: 8,
      panels: [
        { width: 8, panel: bars(collector.responseTime) },
        { width: 8, panel: bars(collector.scrapeTime) },
        { width: 8, panel: bars(collector.lines) },
      ],
    },
    {
      title: 'Scrapes',
      height: 7,
      panels: [{ width: 24, panel: timeseries(collector.scrapeCourse, 'right') }],
    },
    {
      title: `What the collector reads itself, against ${seconds(collectionTime.warning)}`,
      height: 7,
      panels: [
        { width: 8, panel: bars(collections.collectionTime) },
        { width: 8, panel: timeseries(collections.collectionCourse) },
        { width: 8, panel: timeline(collections.collectionResult) },
      ],
    },
    {
      title: 'How much the collector reads',
      collapsed: true,
      height: 7,
      panels: [
        { width: 12, panel: bars(collections.collectionSize) },
        { width: 12, panel: timeseries(collections.collectionBytes) },
      ],
    },
    {
      title: 'Postgres',
      height: 7,
      panels: [
        { width: 5, panel: timeseries(postgres.transactions) },
        { width: 5, panel: timeseries(postgres.cacheHits) },
        { width: 5, panel: timeseries(postgres.databaseSize) },
        { width: 5, panel: timeseries(postgres.deadlocks) },
        { width: 4, panel: timeseries(postgres.temporaryFiles) },
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
      title: 'Containers',
      collapsed: true,
      height: 8,
      panels: [
        { width: 6, panel: timeseries(containers.containerCpu) },
        { width: 6, panel: timeseries(containers.containerMemory) },
        { width: 6, panel: timeseries(containers.containerRestarts) },
        { width: 6, panel: timeseries(containers.containerUptime) },
      ],
    },
    {
      title: 'Qdrant and LiteLLM',
      collapsed: true,
      height: 7,
      panels: [
        { width: 6, panel: timeseries(qdrant.qdrantMemory) },
        { width: 6, panel: timeseries(qdrant.qdrantFiles) },
        { width: 6, panel: timeseries(proxy.proxyMemory) },
        { width: 6, panel: timeseries(proxy.proxyInFlight) },
      ],
    },
    {
      title: 'Disk',
      collapsed: true,
      height: 7,
      panels: [
        { width: 12, panel: timeseries(host.diskTraffic) },
        { width: 12, panel: timeseries(host.diskIn24Hours) },
      ],
    },
    {
      title: 'Collector',
      collapsed: true,
      height: 8,
      panels: [
        { width: 9, panel: stacked(collector.accepted) },
        { width: 5, panel: timeseries(collector.refused) },
        { width: 5, panel: timeseries(collector.collectorMemory) },
        { width: 5, panel: timeseries(collector.collectorCpu) },
      ],
    },
    {
      title: 'What senders report of themselves',
      collapsed: true,
      height: 7,
      panels: [
        { width: 12, panel: timeseries(collector.failedExports, 'right') },
        { width: 12, panel: timeseries(collector.foldedMeasurements) },
      ],
    },
    {
      title: 'Prometheus',
      collapsed: true,
      height: 7,
      panels: [
        { width: 5, panel: timeseries(prometheus.series) },
        { width: 4, panel: timeseries(prometheus.ingestion) },
        { width: 5, panel: timeseries(prometheus.storage) },
        { width: 5, panel: timeseries(prometheus.queryTime) },
        { width: 5, panel: timeseries(prometheus.ruleFailures) },
      ],
    },
  ],
};
