import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { registerGlobally } from './global-api.ts';
import { observeHttpServer } from './http-server.ts';
import { deliverLastExport, exportNow } from './last-export.ts';
import { atEnd } from './lifecycle.ts';
import { createProvider } from './provider.ts';
import { observeRuntime } from './runtime.ts';
import { readSettings, type Settings } from './settings.ts';

/**
 * `node --require otel/register app.js` or `node --import otel/register app.mjs`: metrics without a line of set-up.
 * Telemetry never stops the application: whatever goes wrong here is one line on standard error.
 */

function log(line: string): void {
  process.stderr.write(`otel/register: ${line}\n`);
}

function start(settings: Settings): void {
  if (settings.instrumentation === 'full') {
    // A file of its own: the upstream instrumentations are large, and only who asks for them pays for them.
    createRequire(__filename)('./full.cjs').startFull(settings);
    return;
  }
  const provider = createProvider(settings, log);
  if (!registerGlobally(provider)) {
    log('another OpenTelemetry SDK was registered first: only HTTP metrics are recorded here');
  }
  observeHttpServer(provider);
  observeRuntime(provider);
  atEnd(() => exportNow(provider, __filename));
}

try {
  if (isMainThread) {
    const settings = readSettings(process.env, log);
    if (!settings.disabled) start(settings);
  } else {
    // An application's worker thread shares its process' identity and would report the same series again.
    deliverLastExport();
  }
} catch (error) {
  log(`the application runs without metrics: ${error instanceof Error ? error.message : String(error)}`);
}
