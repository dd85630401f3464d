// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arrivals, baseline } from '../../../services/load/arrival.ts';
import { runLoad } from '../../../services/load/driver.ts';
import { totals } from '../../../services/load/ledger.ts';
import { makePlan } from '../../../services/load/plan.ts';
import { basic } from '../../../services/prometheus/http-endpoint.ts';

/*
 * Drives the load against a platform in containers, from their machine, and prints what arrived of it:
 *   load-worker.ts <file with Prometheus' password>
 */

const password = readFileSync(process.argv[2] as string, 'utf8').trimEnd();
/** In Docker Prometheus asks for a password, which the load knows nothing of. */
const door = createServer(async ({ url = '' }, response) => {
  const answer = await fetch(`http://127.0.0.1:9090${url}`, { headers: { authorization: basic(`admin:${password}`) } });
  response.writeHead(answer.status).end(await answer.text());
});
await once(door.listen(0, '127.0.0.1'), 'listening');
const prometheus = {
  prometheusUrl: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
  signal: AbortSignal.timeout(300_000),
};

const before = await baseline(prometheus);
const ledger = await runLoad({ sunaUrl: 'http://127.0.0.1:3000', plan: makePlan(), signal: prometheus.signal });
const arrived = await arrivals({ ...prometheus, before, ledger });
process.stdout.write(JSON.stringify({ arrived, totals: totals(ledger) }), () => process.exit());
