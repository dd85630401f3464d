// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { MeterProvider } from '@opentelemetry/api';
import { deliverLastExport, exportNow } from '../export/last-export.ts';
import { createProvider, otlpExporter, processResource } from '../export/provider.ts';
import { databaseRecorder, waitRecorder } from '../measure/database-client.ts';
import type { EndedOperation, GivenConnection } from '../measure/database-operation.ts';
import { httpClientRecorder } from '../measure/http-client.ts';
import { httpServerObserver } from '../measure/http-server.ts';
import type { EndedCall } from '../measure/outgoing-request.ts';
import { observeRuntime } from '../measure/runtime.ts';
import { readSettings } from '../settings.ts';
import { describeSettings, tryExport } from './doctor.ts';
import { atEnd } from './ending/at-end.ts';
import type { EndHooks } from './ending/hooks.ts';
import { missingUpstream } from './upstream.ts';

/** What a process that is measured has. */
export interface Measuring {
  readonly provider: MeterProvider;
  /** Takes what Node publishes as `http.server.request.start`. */
  readonly onRequest: (message: unknown) => void;
  /** Records a request that the process has made. */
  readonly onCall: (call: EndedCall) => void;
  /** Records an operation of a database. */
  readonly onOperation: (operation: EndedOperation) => void;
  /** Records a connection that a pool gave. */
  readonly onConnection: (connection: GivenConnection) => void;
}

/**
 * Starts the SDK and everything that measures the process, as the environment asks.
 *
 * @param file the preload's own file: a thread runs it for the last export.
 * @param hooks what tells of the end of the process.
 * @returns nothing when this thread, or the process, is not to be measured here
 */
export function startMeasuring(file: string, log: (line: string) => void, hooks: EndHooks): Measuring | undefined {
  // An application's worker thread shares its process' identity and would report the same series again.
  if (!isMainThread) {
    deliverLastExport();
    return undefined;
  }
  const settings = readSettings(process.env, log);
  if (settings.disabled) return undefined;
  if (settings.instrumentation === 'full' && missingUpstream(file) === undefined) {
    // A file of its own: the upstream instrumentations are large, and only who asks for them pays for them.
    createRequire(file)('./full.cjs').startFull(settings);
    return undefined;
  }
  const resource = processResource();
  if (settings.doctor) {
    describeSettings(settings, log);
    tryExport(otlpExporter(settings), resource, log);
  }
  const provider = createProvider(settings, resource, log);
  const onRequest = httpServerObserver(provider);
  observeRuntime(provider);
  if (settings.exporters.includes('otlp')) {
    atEnd(() => {
      try {
        exportNow(provider, file);
      } catch (error) {
        // Where no thread may be started, by `--permission` for one.
        log(`the last values are not delivered: ${error instanceof Error ? error.message : String(error)}`);
      }
    }, hooks);
  }
  return {
    provider,
    onRequest,
    onCall: httpClientRecorder(provider),
    onOperation: databaseRecorder(provider),
    onConnection: waitRecorder(provider),
  };
}
