// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { MeterProvider } from '@opentelemetry/api';
import { versionOfCaller } from './api-version.ts';
import { bothProviders } from './both-providers.ts';

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
 * An SDK of the application's own registers too: its instruments then record in both, and what it sent goes on to where it went.
 *
 * A copy silently ignores what an older minor version registered, and registers nothing next to any other version. If our own copy
 * registered, the instruments of a newer one and the traces of Sentry would vanish without a word. So the registered object shows each copy
 * the version that this copy accepts: a late one to read, and its own to register. The version of a bundled copy is read from the bundle.
 * If a copy is refused all the same, one line says so.
 *
 * @param provide called when an instrument is made for the first time; without a provider, instruments do nothing
 * @param log called once when another SDK gets less than it would without this provider
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
  let both: MeterProvider | undefined;
  const { version: _, ...registered } = earlier ?? {};
  /** All that was registered, but for the provider here, which is not to be made for that. */
  const registrations = (): unknown[] => [
    theirs,
    ...Object.values(Object.getOwnPropertyDescriptors(api)).map(({ value }): unknown => value),
  ];
  /** Has it said when a copy that registers does not accept the version it is shown. */
  const warnIfRefused = (): void => {
    const before = registrations();
    queueMicrotask(() => {
      const after = registrations();
      if (after.length > before.length || after.some((value, index) => value !== before[index])) return;
      warn(
        'the OpenTelemetry SDK bundled into the application cannot register: keep @opentelemetry/api out of the bundle',
      );
    });
  };
  const version = (): string => {
    if (!registering) return readableByAll;
    registering = false;
    warnIfRefused();
    return versionOfCaller(version) ?? readableByAll;
  };
  const api = Object.defineProperties(registered, {
    version: { get: version },
    metrics: {
      configurable: true,
      enumerable: true,
      get: () => {
        // The SDK of the application looks whether it is the first: it is, in addition to the provider here.
        if (registering) return theirs;
        if (theirs === undefined) return provide();
        both ??= bothProviders(theirs, provide);
        return both;
      },
      set: (provider: MeterProvider) => {
        theirs = provider;
        both = undefined;
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
