// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout } from 'node:timers/promises';

/** Points of one request, which may have 4 MiB. */
const batch = 7_000;
/** Seconds between two exports; the collector forgets what is silent for longer. */
const period = 30;

/**
 * An application called `shop` whose metric has a series for each order, until `signal` aborts; then it resolves. The requests are OTLP as an SDK
 * without limits sends it: the preload would fold them.
 *
 * @param otlpUrl the collector's address for OTLP over HTTP
 * @param orders how many series there are
 */
export async function flood(otlpUrl: string, orders: number, signal: AbortSignal): Promise<void> {
  const startTimeUnixNano = nanoseconds();
  const point = (order: number) => ({
    ...{ startTimeUnixNano, timeUnixNano: nanoseconds(), asDouble: 1 },
    attributes: [attribute('model', `order-${order}`)],
  });
  while (!signal.aborted) {
    for (let first = 0; first < orders; first += batch) {
      const dataPoints = Array.from({ length: Math.min(batch, orders - first) }, (_, index) => point(first + index));
      const metric = { name: 'shop_orders', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
      const resource = { attributes: [attribute('service.name', 'shop')] };
      const body = { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }] };
      const headers = { 'content-type': 'application/json' };
      // A collector that is busy, or gone, gets it the next time.
      await fetch(`${otlpUrl}/v1/metrics`, { method: 'POST', headers, body: JSON.stringify(body), signal })
        .then((answer) => answer.body?.cancel())
        .catch(() => undefined);
    }
    await setTimeout(period * 1000, undefined, { signal }).catch(() => undefined);
  }
}

const nanoseconds = () => `${Date.now()}000000`;
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
