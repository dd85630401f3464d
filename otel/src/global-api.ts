import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as bundledApi from '@opentelemetry/api';

type Api = Pick<typeof bundledApi, 'metrics'>;

/**
 * Makes `provider` the one that `metrics.getMeter` of the application's own `@opentelemetry/api` uses.
 *
 * A copy of the API silently ignores what an older minor version registered, and refuses to register traces beside any
 * other version. So the application's copy registers it, whatever its version: its instruments work, and so does its
 * trace SDK (Sentry's, for one).
 *
 * @returns false when another SDK was there first; the application's instruments stay with it
 */
export function registerGlobally(provider: bundledApi.MeterProvider): boolean {
  return (installedApi() ?? bundledApi).metrics.setGlobalMeterProvider(provider);
}

/** The copy of `@opentelemetry/api` that the application's main file would load, if there is one. */
function installedApi(): Api | undefined {
  for (const from of [process.argv[1], join(process.cwd(), 'index.js')]) {
    if (from === undefined) continue;
    try {
      return createRequire(from)('@opentelemetry/api') as Api;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}
