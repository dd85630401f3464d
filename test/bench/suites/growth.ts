// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { execa } from 'execa';
import getPort from 'get-port';
import { prometheusFlags } from '../../../collector-config/prometheus/flags.ts';
import { http } from '../../../services/native/processes/readiness.ts';
import { binary } from '../../../services/native/programs/binaries.ts';
import { type Collector, configuration, startCollector } from '../../collector/helpers/collector.ts';
import { PrometheusApi } from '../../e2e/prometheus-api.ts';
import type { Comparing, Sample } from '../harness.ts';
import { use } from '../process-use.ts';

/** Processes that send for one platform, and seconds between two exports of each, as with the preload. */
const senders = 4;
const interval = 10;
/** Of each process; with 12 boundaries they are 650 series, a quarter of what the reference platform has. */
const series = { histograms: 40, counters: 90 };

const workloads: Readonly<Record<string, number>> = { '1 platform': 1, '10 platforms': 10, '100 platforms': 100 };
const subjects: Readonly<Record<string, number>> = { 'one gateway': 1, 'two gateways': 2 };

export const growth: Comparing = {
  name: 'growth',
  question:
    'What do gateways and the Prometheus they push into cost as platforms grow: CPU, memory, bytes on the wire?',
  subjects: ['one gateway', 'two gateways'],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics'],
  async measure(subject, workload, quick) {
    const prometheus = await startStorage();
    const gateways: Collector[] = [];
    try {
      for (let index = 0; index < (subjects[subject] as number); index += 1) {
        const files = ['collector.push.yaml', ...(index > 0 ? ['collector.gateway.yaml'] : [])];
        const ONYX_PUSH_URL = `${prometheus.url}/api/v1/write`;
        gateways.push(
          await startCollector({ ONYX_PUSH_URL, ONYX_GATEWAY: String(index), ONYX_COLLECTION_INTERVAL: '15s' }, files),
        );
      }
      return await measured(gateways, prometheus, workloads[workload] as number, quick);
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
      await prometheus.stop();
    }
  },
};

/** A Prometheus that is pushed into, as the guide has it, with the committed rules. */
async function startStorage() {
  const folder = await mkdtemp(join(tmpdir(), 'onyx-growth-'));
  const address = `127.0.0.1:${await getPort()}`;
  const process = execa(
    await binary('prometheus'),
    [
      ...[...prometheusFlags, '--web.enable-remote-write-receiver'],
      ...[`--config.file=${join(configuration, 'prometheus/prometheus.push.yml')}`, `--storage.tsdb.path=${folder}`],
      `--web.listen-address=${address}`,
    ],
    { reject: false, stdio: 'ignore' },
  );
  const ready = http(`http://${address}/-/ready`);
  const isReady = () =>
    ready(AbortSignal.timeout(1000)).then(
      () => true,
      () => false,
    );
  while (process.exitCode === null && !(await isReady())) await setTimeout(50);
  return {
    url: `http://${address}`,
    pid: process.pid as number,
    async stop() {
      process.kill('SIGKILL');
      await process;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Collecting extends MetricReader {
  protected async onShutdown() {}
  protected async onForceFlush() {}
}

/** What one process of a platform measures, counting on. */
function counting(): () => Promise<ResourceMetrics> {
  const reader = new Collecting();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('growth');
  const explicitBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const durations = meter.createHistogram('growth_seconds', { advice: { explicitBucketBoundaries } });
  const counts = meter.createCounter('growth_total');
  // Words: what looks like an id is none to the collector.
  const word = (index: number) => 'abcdefghij'.charAt(index % 10).repeat(3);
  const routes = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ 'http.route': `/${word(index)}/${word(Math.floor(index / 10))}` }));
  return async () => {
    for (const route of routes(series.histograms)) durations.record(Math.random() * 5, route);
    for (const route of routes(series.counters)) counts.add(1, route);
    return (await reader.collect()).resourceMetrics;
  };
}

interface Used {
  readonly cpuSeconds: number;
  readonly megabytes: number;
  /** Read and written by system calls: of gateways and Prometheus, the network and little else. */
  readonly read: number;
  readonly written: number;
}

async function usedBy(pids: readonly number[]): Promise<Used> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const { cpuSeconds, megabytes } = await use(pid);
      const io = await readFile(`/proc/${pid}/io`, 'utf8');
      const bytes = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1]);
      return { cpuSeconds, megabytes, read: bytes('rchar'), written: bytes('wchar') };
    }),
  );
  const sum = (name: keyof Used) => each.reduce((total, one) => total + one[name], 0);
  return {
    ...{ cpuSeconds: sum('cpuSeconds'), megabytes: sum('megabytes') },
    ...{ read: sum('read'), written: sum('written') },
  };
}

async function measured(
  gateways: readonly Collector[],
  prometheus: Awaited<ReturnType<typeof startStorage>>,
  platforms: number,
  quick: boolean,
): Promise<Sample> {
  const count = platforms * senders;
  const collect = counting();
  let [points, refused] = [0, 0];
  const send = async (index: number) => {
    const resource = resourceFromAttributes({
      'service.name': index % 2 === 0 ? 'suna' : 'onyx',
      'service.instance.id': `sender-${String(index).padStart(8, '0')}-0`,
    });
    const body = ProtobufMetricsSerializer.serializeRequest({
      ...(await collect()),
      resource,
    }) as Uint8Array<ArrayBuffer>;
    const { otlp } = gateways[index % gateways.length] as Collector;
    const headers = { 'content-type': 'application/x-protobuf' };
    const answer = await fetch(otlp, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    if (answer.ok) points += series.histograms + series.counters;
    else refused += 1;
  };
  /** One export of each, spread over an interval. */
  const round = async () => {
    const began = performance.now();
    const sent: Promise<void>[] = [];
    for (let index = 0; index < count; index += 1) {
      sent.push(send(index));
      await setTimeout(Math.max(0, began + ((index + 1) / count) * interval * 1000 - performance.now()));
    }
    await Promise.all(sent);
  };
  // Makes the series, which is another work.
  await round();
  const pids = gateways.map(({ pid }) => pid);
  const before = await Promise.all([usedBy(pids), usedBy([prometheus.pid])]);
  const began = performance.now();
  points = 0;
  for (let turn = 0; turn < (quick ? 1 : 3); turn += 1) await round();
  const seconds = (performance.now() - began) / 1000;
  const after = await Promise.all([usedBy(pids), usedBy([prometheus.pid])]);
  const [gateway, storage] = after.map((now, index) => ({
    cpu: (now.cpuSeconds - (before[index] as Used).cpuSeconds) / seconds,
    megabytes: now.megabytes,
    read: (now.read - (before[index] as Used).read) / seconds,
    written: (now.written - (before[index] as Used).written) / seconds,
  })) as [Record<'cpu' | 'megabytes' | 'read' | 'written', number>, Record<'cpu' | 'megabytes', number>];
  return {
    series: await new PrometheusApi(prometheus.url).scalar('count({__name__=~"growth_.*"})'),
    pointsPerSecond: points / seconds,
    exportsRefused: refused,
    gatewaysCpuPercentOfACore: gateway.cpu * 100,
    gatewaysMegabytes: gateway.megabytes,
    kilobytesPerSecondIn: gateway.read / 1000,
    kilobytesPerSecondOut: gateway.written / 1000,
    prometheusCpuPercentOfACore: storage.cpu * 100,
    prometheusMegabytes: storage.megabytes,
  };
}
