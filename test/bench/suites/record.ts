// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import type { Sample, Suite } from '../harness.ts';
import { peers } from '../peers.ts';
import { answer, pinned, serverCore } from '../pinned.ts';

const program = (name: string) => path.join(import.meta.dirname, '..', name);

interface Recorder {
  /** Node options before the program's. */
  readonly preload: readonly string[];
  readonly file: string;
  /** Begins the names of its recorders in that file. */
  readonly prefix: string;
  readonly isPeer: boolean;
}

const subjects: Readonly<Record<string, Recorder>> = {
  'prom-client': { preload: [], file: 'peers/record-prom.cjs', prefix: '', isPeer: true },
  "OpenTelemetry instrument, upstream's SDK": {
    preload: ['--require', program('peers/upstream-sdk.cjs')],
    file: 'record-otel.mjs',
    prefix: 'instrument ',
    isPeer: true,
  },
  'OpenTelemetry instrument, otel/register': {
    preload: ['--require', 'otel/register'],
    file: 'record-otel.mjs',
    prefix: 'instrument ',
    isPeer: false,
  },
  "otel's recorder, otel/register": {
    preload: ['--require', 'otel/register'],
    file: 'record-otel.mjs',
    prefix: 'recorder ',
    isPeer: false,
  },
};

/** What is recorded, and how many series there are. */
const workloads: Readonly<Record<string, readonly [kind: string, series: number]>> = {
  'histogram, 1 series': ['histogram', 1],
  'histogram, 256 series': ['histogram', 256],
  'histogram, 1,000 series': ['histogram', 1000],
  'counter, 1 series': ['counter', 1],
  'counter, 256 series': ['counter', 256],
  'counter, 1,000 series': ['counter', 1000],
  'timed call, 1 series': ['timer', 1],
};

export const record: Suite = {
  name: 'record',
  question: 'How many nanoseconds, and how many bytes to be collected, does one measurement with three labels take?',
  subjects: Object.keys(subjects) as [string, ...string[]],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics', '@opentelemetry/api'],
  peers: ['prom-client', '@opentelemetry/sdk-metrics', '@opentelemetry/exporter-prometheus'],
  async measure(subject, workload) {
    const { preload, file, prefix, isPeer } = subjects[subject] as Recorder;
    const [kind, series] = workloads[workload] as readonly [string, number];
    const child = pinned(
      serverCore,
      ['--expose-gc', ...preload, program('record.mjs'), program(file), prefix + kind, String(series)],
      {
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
        ...(isPeer && { BENCH_PEERS: `${await peers()}/` }),
      },
    );
    const [sample] = await Promise.all([answer<Sample>(child), child]);
    return sample;
  },
};
