// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import type { Comparing, Sample } from '../harness.ts';
import { peers } from '../peers.ts';
import { answer, pinned, serverCore } from '../pinned.ts';

const program = (name: string) => path.join(import.meta.dirname, '..', name);

interface Recorder {
  /** Node options before the program's. */
  readonly preload: readonly string[];
  readonly file: string;
  /** Begins the names of its recorders in that file. */
  readonly prefix: string;
  /** What finds its packages, where they are not this project's own. */
  readonly packages?: () => Promise<string>;
}

const repository = path.resolve(import.meta.dirname, '../../..');

const subjects: Readonly<Record<string, Recorder>> = {
  'prom-client': { preload: [], file: 'peers/record-prom.cjs', prefix: '', packages: peers },
  "OpenTelemetry instrument, upstream's SDK": {
    preload: ['--require', program('peers/upstream-sdk.cjs')],
    file: 'record-otel.mjs',
    prefix: 'instrument ',
    // The same versions as a peer's, without an installation: `npm test` compares with it.
    packages: async () => repository,
  },
  'OpenTelemetry instrument, otel/register': {
    preload: ['--require', 'otel/register'],
    file: 'record-otel.mjs',
    prefix: 'instrument ',
  },
  "otel's recorder, otel/register": {
    preload: ['--require', 'otel/register'],
    file: 'record-otel.mjs',
    prefix: 'recorder ',
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

export const record: Comparing = {
  name: 'record',
  question: 'How many nanoseconds, and how many bytes to be collected, does one measurement with three labels take?',
  subjects: Object.keys(subjects) as [string, ...string[]],
  workloads: Object.keys(workloads),
  packages: ['@opentelemetry/sdk-metrics', '@opentelemetry/api', '@opentelemetry/exporter-prometheus'],
  peers: ['prom-client'],
  async measure(subject, workload, quick) {
    const { preload, file, prefix, packages } = subjects[subject] as Recorder;
    const [kind, series] = workloads[workload] as readonly [string, number];
    const child = pinned(
      serverCore,
      [
        '--expose-gc',
        ...preload,
        program('record.mjs'),
        program(file),
        prefix + kind,
        String(series),
        quick ? '5' : '25',
      ],
      {
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
        ...(packages && { BENCH_PEERS: `${await packages()}/` }),
      },
    );
    const [sample] = await Promise.all([answer<Sample>(child), child]);
    return sample;
  },
};
