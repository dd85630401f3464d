// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout } from 'node:timers/promises';

/** Points of one request, which may have 4 MiB. */
const batch = 10_000;
/** Milliseconds between two exports. */
const period = 10_000;

/** Sends a metric with that many values of a label again and again, as a service with a mistake does, until `signal` aborts. */
export async function flood(otlpUrl: string, values: number, signal: AbortSignal): Promise<void> {
  const started = Date.now();
  while (!signal.aborted) {
    for (let first = 0; first < values && !signal.aborted; first += batch) {
      // A collector that refuses it is asked again.
      await send(otlpUrl, first, Math.min(batch, values - first), started).catch(() => undefined);
    }
    await setTimeout(period, undefined, { signal }).catch(() => undefined);
  }
}

async function send(otlpUrl: string, first: number, count: number, started: number): Promise<void> {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const times = { startTimeUnixNano: `${started}000000`, timeUnixNano: `${Date.now()}000000` };
  const dataPoints = Array.from({ length: count }, (_, index) => ({
    attributes: [attribute('model', `model-${first + index}`)],
    asDouble: 1,
    ...times,
  }));
  const metrics = [{ name: 'flood_total', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } }];
  const resource = {
    attributes: [attribute('service.name', 'newcomer'), attribute('service.instance.id', 'newcomer-00000001-0')],
  };
  const answer = await fetch(`${otlpUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  });
  await answer.arrayBuffer();
}
