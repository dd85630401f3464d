// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import path from 'node:path';
import { olderPreload } from './older-preload.ts';
import { peers } from './peers.ts';

const program = (name: string) => path.join(import.meta.dirname, 'peers', name);

/** What each subject preloads, by its name in the results: ours by the package's name, a peer from where it is installed. */
const required: Readonly<Record<string, (installed: string) => string>> = {
  'otel/register': () => 'otel/register',
  'auto-instrumentations-node/register': (installed) =>
    path.join(installed, 'node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js'),
  'NodeSDK, http and express': () => program('node-sdk.cjs'),
  'prom-client, express-prom-bundle': () => program('prom-bundle.cjs'),
};
/** The same, of what measures outgoing requests. */
const outgoing: typeof required = { 'NodeSDK, http and undici': () => program('node-sdk-outgoing.cjs') };

/** The same, of what measures one kind of request alone. */
const incoming: Readonly<Record<string, NodeJS.ProcessEnv>> = {
  'otel/register, incoming only': {},
  'the same, empty listeners': { BENCH_EMPTY: '1' },
};

/** The subjects of every suite that compares preloads; the first is the baseline. */
export const preloads = ['bare', ...Object.keys(required)] as [string, ...string[]];

/** The subjects of the suite that compares what outgoing requests cost. */
export const outgoingPreloads = ['bare', 'otel/register', ...Object.keys(outgoing)] as [string, ...string[]];

/** The subjects of the suite that tells what outgoing requests add to incoming ones. */
export const incomingPreloads: [string, ...string[]] = [
  'otel/register, incoming only',
  'the same, empty listeners',
  'otel/register',
];

/** The subjects that compare this preload with what it was at a commit, which is the baseline. Both by their files: to find a package takes time. */
export function sinceCommit(commit: string): [string, ...string[]] {
  return [`register.cjs of ${commit}`, thisFile];
}

const thisFile = 'register.cjs of now';

/** Their packages; what upstream's preload loads too is in `peers/package-lock.json`. */
export const preloadPeers = [
  '@opentelemetry/auto-instrumentations-node',
  '@opentelemetry/sdk-node',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-express',
  'prom-client',
  'express-prom-bundle',
];

export interface Preload {
  readonly nodeOptions: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * How to start a process with what `subject` preloads: metrics only, exported to `collector`.
 *
 * @param exportMillis between two exports, and between two scrapes where it is scraped
 */
export async function preload(subject: string, collector: string, exportMillis: number): Promise<Preload> {
  const find = { ...required, ...outgoing }[subject];
  const env = {
    OTEL_SERVICE_NAME: 'bench',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_METRIC_EXPORT_INTERVAL: String(exportMillis),
    OTEL_METRIC_EXPORT_TIMEOUT: String(exportMillis),
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
  };
  if (subject === thisFile)
    return { nodeOptions: ['--require', createRequire(import.meta.url).resolve('otel/register')], env };
  const [, commit] = /^register\.cjs of (\S+)$/.exec(subject) ?? [];
  if (commit !== undefined) return { nodeOptions: ['--require', await olderPreload(commit)], env };
  if (incoming[subject] !== undefined)
    return { nodeOptions: ['--require', program('incoming.cjs')], env: { ...env, ...incoming[subject] } };
  // Only who is a peer waits for its installation: the quick comparison in `npm test` has none.
  if (find === undefined || subject === 'otel/register')
    return { nodeOptions: find ? ['--require', find('')] : [], env };
  const installed = await peers();
  return { nodeOptions: ['--require', find(installed)], env: { ...env, BENCH_PEERS: `${installed}/` } };
}
