// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type {
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MeterProvider,
  MetricOptions,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from '@opentelemetry/api';

/** What this package records: it stays here, for the views here make pseudonyms of its users. */
const ourMeters = /^onyx([.]|$)/;
const ourMetrics = /^onyx_/;

/** What the preload measures itself, for every request and process: from a second source it would count twice. */
const measuredHere =
  /^(http[.]server[.](request[.]duration|active_requests)$|nodejs[.]eventloop[.]|v8js[.](gc|memory)[.]|process[.](memory[.]usage|cpu[.]time)$)/;

/** An instrument whose values are read has a half in each provider that it is in. */
interface Halves {
  readonly ours?: Observable;
  readonly theirs?: Observable;
}
const known = new WeakMap<Observable, Halves>();

/** One that was not made here is older than the other provider. */
const halvesOf = (observable: Observable): Halves => known.get(observable) ?? { ours: observable };

function inOne(observable: Observable, side: keyof Halves): Observable {
  known.set(observable, { [side]: observable });
  return observable;
}

/**
 * The application's own provider, of which the meters record here too. The application keeps everything else that its provider can do,
 * and gets an instrument of its own provider alone where one here would count twice.
 *
 * @param provide called when an instrument is made
 */
export function bothProviders(theirs: MeterProvider, provide: () => MeterProvider | undefined): MeterProvider {
  const getMeter: MeterProvider['getMeter'] = (name, version, options) => {
    const here = provide();
    if (here === undefined) return theirs.getMeter(name, version, options);
    const ours = here.getMeter(name, version, options);
    return ourMeters.test(name) ? ours : bothMeters(ours, theirs.getMeter(name, version, options));
  };
  return new Proxy(theirs, {
    get: (target, property) => {
      if (property === 'getMeter') return getMeter;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type Kind = Exclude<Extract<keyof Meter, `create${string}`>, `createObservable${string}`>;
type ObservableKind = Extract<keyof Meter, `createObservable${string}`>;

function bothMeters(ours: Meter, theirs: Meter): Meter {
  const both = <Instrument extends Counter & UpDownCounter & Histogram & Gauge>(kind: Kind) => {
    return (name: string, options?: MetricOptions): Instrument => {
      if (measuredHere.test(name)) return theirs[kind](name, options) as Instrument;
      const one = ours[kind](name, options) as Instrument;
      // Older SDKs know no gauges.
      if (ourMetrics.test(name) || theirs[kind] === undefined) return one;
      const other = theirs[kind](name, options) as Instrument;
      const record = (method: 'add' | 'record'): Instrument['add'] => {
        return (...measurement) => {
          one[method](...measurement);
          other[method](...measurement);
        };
      };
      return { add: record('add'), record: record('record') } as Instrument;
    };
  };
  const observed = (kind: ObservableKind) => {
    return (name: string, options?: MetricOptions): Observable => {
      if (measuredHere.test(name)) return inOne(theirs[kind](name, options), 'theirs');
      const one = ours[kind](name, options);
      return ourMetrics.test(name) ? inOne(one, 'ours') : inBoth(one, theirs[kind](name, options));
    };
  };
  const batches = new Map<BatchObservableCallback, readonly BatchObservableCallback[]>();
  const sides = [
    { meter: ours, half: (each: Observable) => halvesOf(each).ours },
    { meter: theirs, half: (each: Observable) => halvesOf(each).theirs },
  ];
  return {
    createCounter: both('createCounter'),
    createUpDownCounter: both('createUpDownCounter'),
    createHistogram: both('createHistogram'),
    createGauge: both('createGauge'),
    createObservableCounter: observed('createObservableCounter'),
    createObservableUpDownCounter: observed('createObservableUpDownCounter'),
    createObservableGauge: observed('createObservableGauge'),
    addBatchObservableCallback: (callback, observables) => {
      const added = sides.map(({ meter, half }) => {
        const own: BatchObservableCallback = (result) =>
          callback({
            observe: (each, value, attributes) => {
              const found = half(each);
              if (found !== undefined) result.observe(found, value, attributes);
            },
          });
        meter.addBatchObservableCallback(
          own,
          observables.flatMap((each) => half(each) ?? []),
        );
        return own;
      });
      batches.set(callback, added);
    },
    removeBatchObservableCallback: (callback, observables) => {
      const added = batches.get(callback) ?? [];
      for (const [index, { meter, half }] of sides.entries()) {
        const own = added[index];
        if (own !== undefined)
          meter.removeBatchObservableCallback(
            own,
            observables.flatMap((each) => half(each) ?? []),
          );
      }
      batches.delete(callback);
    },
  };
}

function inBoth(ours: Observable, theirs: Observable): Observable {
  const observable: Observable = {
    addCallback: (callback: ObservableCallback) => {
      ours.addCallback(callback);
      theirs.addCallback(callback);
    },
    removeCallback: (callback: ObservableCallback) => {
      ours.removeCallback(callback);
      theirs.removeCallback(callback);
    },
  };
  known.set(observable, { ours, theirs });
  return observable;
}
