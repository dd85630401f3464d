// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import {
  type Attributes,
  type Counter,
  createNoopMeter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type UpDownCounter,
} from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { MySQLInstrumentation } from '@opentelemetry/instrumentation-mysql';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { OracleInstrumentation } from '@opentelemetry/instrumentation-oracledb';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { genAi } from '../catalogue/gen-ai-names.ts';
import type { UpstreamName } from '../instrumentations.ts';
import { Pg, type PgListener } from './pg.ts';

/*
 * `ONYX_INSTRUMENTATION=pg,openai`: a file of its own, since most processes ask for none. It carries everything, as the preload does: it
 * is mounted next to it where there is no `node_modules`.
 */

const known: Readonly<Record<UpstreamName, new () => Instrumentation>> = {
  'aws-sdk': AwsInstrumentation,
  kafkajs: KafkaJsInstrumentation,
  mysql: MySQLInstrumentation,
  openai: OpenAIInstrumentation,
  oracledb: OracleInstrumentation,
  pg: PgInstrumentation,
};

/**
 * Patches the libraries of these names when they are loaded. Metrics go to what `provide` returns, traces where the application's own SDK
 * sends them.
 *
 * @param provide called with the first measurement: a process that makes none is not measured for this
 * @param listener told of what pg does, if it is named
 */
export function instrument(
  names: readonly UpstreamName[],
  provide: () => MeterProvider | undefined,
  listener: PgListener,
): void {
  for (const name of names) new known[name]().setMeterProvider(lateProvider(provide));
  if (names.includes('pg')) new Pg().listener = listener;
}

/**
 * Our own code makes its metrics. The instrumentation counts connections when a pool emits an event, before the pool has changed: one that
 * was given back stays in use, and two pools share the last count. It also counts a query as good whose promise is rejected.
 */
const miscounting = '@opentelemetry/instrumentation-pg';

/** Makes each instrument when something is recorded. */
function lateProvider(provide: () => MeterProvider | undefined): MeterProvider {
  return {
    getMeter(...scope) {
      const late = <Kind extends object>(make: (meter: Meter) => Kind) => {
        let made: Kind | undefined;
        return (): Kind | undefined => {
          const meter = made === undefined ? provide()?.getMeter(...scope) : undefined;
          made ??= meter && make(meter);
          return made;
        };
      };
      if (scope[0] === miscounting) return createNoopMeter();
      const adding = (find: () => Counter | UpDownCounter | undefined): Counter & UpDownCounter => ({
        add: (value, attributes = {}) => find()?.add(value, renamed(attributes)),
      });
      const meter: Pick<Meter, 'createHistogram' | 'createCounter' | 'createUpDownCounter'> = {
        createHistogram(name: string, options?: MetricOptions): Histogram {
          const find = late((meter) => meter.createHistogram(name, options));
          return { record: (value, attributes = {}) => find()?.record(value, renamed(attributes)) };
        },
        createCounter: (name, options) => adding(late((meter) => meter.createCounter(name, options))),
        createUpDownCounter: (name, options) => adding(late((meter) => meter.createUpDownCounter(name, options))),
      };
      return meter as Meter;
    },
  };
}

/** What conventions called otherwise before, and upstream still does. */
const today: Readonly<Record<string, string>> = { [genAi.formerProvider]: genAi.provider };

function renamed(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [today[name] ?? name, value]));
}
