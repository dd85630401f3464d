// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, expect, it } from 'vitest';
import { bothProviders } from '../../../otel/src/sdk/both-providers.ts';

class Side {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 2 ** 31 - 1 })],
  });

  /** The value of each metric, or how many its histogram has. */
  async values(): Promise<Record<string, number>> {
    this.#exporter.reset();
    await this.provider.forceFlush();
    const metrics = this.#exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints: [point] }) => [
        descriptor.name,
        typeof point?.value === 'object' && 'count' in point.value ? point.value.count : Number(point?.value),
      ]),
    );
  }
}

const [ours, theirs] = [new Side(), new Side()];
const both = bothProviders(theirs.provider, () => ours.provider);
afterAll(() => Promise.all([ours.provider.shutdown(), theirs.provider.shutdown()]));

it('instruments of every kind record in both, what the preload measures in theirs alone, and what this package records in ours alone', async () => {
  const meter = both.getMeter('app');
  meter.createCounter('counter').add(2);
  meter.createUpDownCounter('balance').add(-2);
  meter.createHistogram('histogram').record(7);
  meter.createGauge('gauge').record(4);
  meter.createObservableCounter('observed.counter').addCallback((result) => result.observe(5));
  const unwatched = meter.createObservableUpDownCounter('observed.balance');
  const removed = (result: { observe(value: number): void }) => result.observe(6);
  unwatched.addCallback(removed);
  unwatched.removeCallback(removed);
  const [one, other, here, there] = [
    meter.createObservableGauge('batch.one'),
    meter.createObservableGauge('batch.other'),
    meter.createObservableGauge('onyx_batch'),
    meter.createObservableGauge('process.cpu.time'),
  ];
  meter.addBatchObservableCallback(
    (result) => [one, other, here, there].forEach((each, index) => void result.observe(each, index + 1)),
    [one, other, here, there],
  );
  const batch = () => expect.unreachable('it was removed');
  meter.addBatchObservableCallback(batch, [one]);
  meter.removeBatchObservableCallback(batch, [one]);
  meter.createHistogram('http.server.request.duration').record(1);
  both.getMeter('onyx').createCounter('chats').add(1);
  meter.createCounter('onyx_task_completion_total').add(1);
  const inBoth = {
    ...{ counter: 2, balance: -2, histogram: 1, gauge: 4 },
    ...{ 'observed.counter': 5, 'batch.one': 1, 'batch.other': 2 },
  };
  expect(await ours.values()).toEqual({ ...inBoth, onyx_batch: 3, chats: 1, onyx_task_completion_total: 1 });
  expect(await theirs.values()).toEqual({ ...inBoth, 'process.cpu.time': 4, 'http.server.request.duration': 1 });
});

it("is the application's own provider in everything else", () => {
  expect(both).toBeInstanceOf(MeterProvider);
  expect((both as MeterProvider).forceFlush()).toBeInstanceOf(Promise);
});

it('is that provider alone while nothing is measured here', async () => {
  bothProviders(theirs.provider, () => undefined)
    .getMeter('tool')
    .createCounter('alone')
    .add(1);
  expect(await theirs.values()).toMatchObject({ alone: 1 });
  expect(await ours.values()).not.toHaveProperty('alone');
});
