import { createRequire } from 'node:module';
import type { MeterProvider } from '@opentelemetry/api';

/** Where every copy of `@opentelemetry/api` 1.x looks for what was registered. */
const key: unique symbol = Symbol.for('opentelemetry.js.api.1') as never;

interface GlobalApi {
  /** Version of the copy that registered first. */
  readonly version: string;
  metrics?: MeterProvider;
}
const scope = globalThis as { [key]?: GlobalApi };

/** Newer than every 1.x: a copy reads only what its own or a later minor version registered. */
const readableByAll = '1.999.0';

/**
 * Makes what `provide` returns the provider that `metrics.getMeter` uses, in every copy of `@opentelemetry/api` 1.x that the application loads.
 *
 * A copy silently ignores what an older minor version registered, and registers nothing beside any other version: had
 * our own copy registered, the instruments of a newer one and the traces of Sentry would vanish without a word. So what
 * is registered shows each copy the version it accepts: a late one to read, and its own to register beside.
 *
 * @param provide called when an instrument is made for the first time; without a provider, instruments do nothing
 * @param log called once when somebody else's SDK gets less than it would without this provider
 */
export function registerGlobally(provide: () => MeterProvider | undefined, log: (line: string) => void): void {
  const earlier = scope[key];
  if (earlier?.metrics !== undefined) {
    log('another OpenTelemetry SDK was registered first: only HTTP and runtime metrics are recorded here');
    return;
  }
  let warned = false;
  const warn = (line: string): void => {
    if (!warned) log(line);
    warned = true;
  };
  let registering = false;
  let theirs: MeterProvider | undefined;
  const { version: _, ...registered } = earlier ?? {};
  const api = Object.defineProperties(registered, {
    version: {
      get: () => {
        if (!registering) return readableByAll;
        registering = false;
        const version = versionOfCaller();
        if (version !== undefined) return version;
        warn(
          'the OpenTelemetry SDK bundled into the application cannot register: keep @opentelemetry/api out of the bundle',
        );
        return readableByAll;
      },
    },
    metrics: {
      configurable: true,
      enumerable: true,
      get: () => {
        const provider = theirs ?? provide();
        if (registering && provider !== undefined) {
          registering = false;
          warn("the application's own OpenTelemetry SDK gets no metrics: what it measures is exported from here");
        }
        return provider;
      },
      set: (provider: MeterProvider) => {
        theirs = provider;
      },
    },
  }) as GlobalApi;
  Object.defineProperty(scope, key, {
    configurable: true,
    get: () => api,
    set: (value: GlobalApi) => {
      // A copy that is about to register assigns what it found; it looks for a predecessor next, then at the version.
      if (value === api) registering = true;
      // Sentry starts over with an object of its own when its copy was refused.
      else Object.defineProperty(scope, key, { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

/** The version of the copy of the API that asks, by its place in the stack; nothing when it was bundled into the application. */
function versionOfCaller(): string | undefined {
  const folder = /(?:\(|at )([^()\n]*@opentelemetry[\\/]api[\\/])/.exec(String(new Error().stack))?.[1];
  if (folder === undefined) return undefined;
  try {
    return (createRequire(folder)('./package.json') as { version?: string }).version;
  } catch {
    return undefined;
  }
}
