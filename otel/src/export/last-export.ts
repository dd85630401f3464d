// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import type { MeterProvider, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { holdsMeasurements, snapshotOf } from '../sdk/snapshot.ts';
import { readSettings } from '../settings.ts';
import { awaited, hasGivenUp } from './background.ts';
import { otlpExporter } from './provider.ts';

/** What sending the last values may add to the end of a process, in milliseconds. */
const limitMillis = 850;

/**
 * What the thread may take to begin, in milliseconds: 50 where there is a core for it. Where all containers stop at once there is
 * none for seconds, and values that could be sent would be lost if that time counted as the collector's.
 */
const startMillis = 4000;

/** Index of what the thread does, and its values. */
const STATE = 0;
const NOT_BEGUN = 0;
const SENDS = 1;
const DONE = 2;

interface LastExport {
  readonly metrics: ResourceMetrics;
  readonly state: Int32Array;
}
interface LastExportThread {
  readonly onyxLastExport?: LastExport;
}

/**
 * Delivers the last values and waits for it, at most {@link limitMillis} once it sends. A process that ends runs no more promises, so a
 * thread of this same file sends them while this one waits. A process that measured nothing starts no thread.
 */
export function exportNow(provider: MeterProvider, file: string): void {
  if (hasGivenUp()) return;
  const metrics = snapshotOf(provider);
  if (metrics === undefined || !holdsMeasurements(metrics)) return;
  const state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const onyxLastExport: LastExport = { metrics, state };
  const thread = new Worker(file, {
    workerData: { onyxLastExport } satisfies LastExportThread,
    // Without these the thread would preload the application's other modules again; the last one tells it what it is for.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '', ONYX_LAST_EXPORT: '1' },
  });
  thread.on('error', () => {});
  Atomics.wait(state, STATE, NOT_BEGUN, startMillis);
  Atomics.wait(state, STATE, SENDS, limitMillis);
}

/** In the thread started by {@link exportNow}: sends what it was given. Anywhere else: nothing. */
export function deliverLastExport(): void {
  const given = isMainThread ? undefined : (workerData as LastExportThread | null)?.onyxLastExport;
  if (given === undefined) return;
  const { metrics, state } = given;
  const tell = (now: number) => {
    Atomics.store(state, STATE, now);
    Atomics.notify(state, STATE);
  };
  tell(SENDS);
  const limits = { exportTimeoutMillis: limitMillis, requestTimeoutMillis: limitMillis };
  const exporter = otlpExporter({ ...readSettings(process.env, () => {}), ...limits });
  void awaited(new Promise((done) => exporter.export(metrics, done))).then(() => tell(DONE));
}
