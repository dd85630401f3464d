// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { namedInstrumentations, ofUpstream, type UpstreamName } from '../instrumentations.ts';
import { followOperations, type GivenConnection } from '../measure/database-operation.ts';
import { followCalls } from '../measure/outgoing-request.ts';
import { followStreams } from '../measure/outgoing-stream.ts';
import { followFastify } from '../measure/published-route.ts';
import { registerGlobally } from '../sdk/global-api.ts';
import { runDeferred } from './deferred.ts';
import { type EndHooks, hookEnd } from './ending/hooks.ts';
import { watchParent } from './idle-parent.ts';
import type { Measuring } from './measuring.ts';
import type { PgListener } from './pg.ts';
import { isTool } from './tool.ts';
import { missingUpstream } from './upstream.ts';

/**
 * `node --require otel/register app.js` or `node --import otel/register app.mjs`: metrics without a line of set-up.
 *
 * A preload sits in every process of a container, health checks and npm included. So the SDK is not even read before the process
 * listens, uses an instrument, or has lived 10 s. Telemetry never stops the application: an error is one line on standard error.
 */

/** How long a process may live without measuring, in milliseconds. */
const idleMillis = 10_000;

/** How often to look whether the process listens by now, in milliseconds. */
const lookMillis = 200;

type Deferred = typeof import('./measuring.ts');

function log(line: string): void {
  process.stderr.write(`otel/register: ${line}\n`);
}

let measuring: Measuring | undefined;
let started = false;
let hooks: EndHooks = { kill: process.kill };
/** What ended before there was a reason to measure: what a service asks for before it listens counts too. */
let early: ((measuring: Measuring) => void)[] = [];
const maxEarly = 1000;

/** What measures this process, from the first call on; nothing when it is not to be measured or cannot be. */
function measure(): Measuring | undefined {
  if (started) return measuring;
  started = true;
  try {
    measuring = runDeferred<Deferred>(__filename).startMeasuring(__filename, log, hooks);
    for (const record of early) if (measuring !== undefined) record(measuring);
  } catch (error) {
    log(`the application runs without metrics: ${error instanceof Error ? error.message : String(error)}`);
  }
  early = [];
  return measuring;
}

/** Hands over what has ended, now or as soon as there is something that records it. */
function whenMeasuring(record: (measuring: Measuring) => void): void {
  if (!started) {
    if (early.length < maxEarly) early.push(record);
  } else if (measuring !== undefined) record(measuring);
}

/** Loads instrumentations of upstream by name, from a file of their own next to this one. */
function instrumentNamed(names: readonly UpstreamName[], given: PgListener['given']): void {
  if (names.length === 0) return;
  try {
    const { instrument }: typeof import('./named.ts') = createRequire(__filename)('./instrumentations.cjs');
    instrument(names, () => measure()?.provider, { ended: (operation) => measure()?.onOperation(operation), given });
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    log(`ONYX_INSTRUMENTATION=${names}: ${reason}. Mount the file next to register.cjs. Using http`);
  }
}

/** Starts to measure once the process listens, or is too old to be a command and runs more than another program. Keeps no process alive. */
function measureLater(): void {
  const parent = watchParent(idleMillis);
  const timer = setInterval(() => {
    const active = process.getActiveResourcesInfo();
    const serves = active.includes('TCPServerWrap');
    if (started || serves || (process.uptime() * 1e3 > idleMillis && !parent.isIdleParent(active))) {
      clearInterval(timer);
      parent.end();
      measure();
    }
  }, lookMillis);
  timer.unref();
}

/** On the global registry: another copy of this file, mounted and installed, say, would report the same series under the same identity. */
const loaded: unique symbol = Symbol.for('onyx.register') as never;
const scope = globalThis as { [loaded]?: true };

const { env } = process;
const disabled = env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
const again = scope[loaded] ?? false;
scope[loaded] = true;
const asked = env.ONYX_INSTRUMENTATION?.trim() ?? '';
const asksForUpstream = asked === 'full';
const missing = asksForUpstream ? missingUpstream(__filename) : undefined;
if (env.ONYX_LAST_EXPORT !== undefined) measure();
else if (!disabled && !isTool(process.argv)) {
  if (again) log('another copy of otel/register was loaded first: this one does nothing');
  else if (asksForUpstream && missing === undefined) measure();
  else {
    if (missing !== undefined) log(missing);
    hooks = hookEnd();
    // Before there is a global provider, which the instrumentations would ask for at once.
    const named = namedInstrumentations(asked) ?? [];
    const given = (connection: GivenConnection) => whenMeasuring(({ onConnection }) => onConnection(connection));
    instrumentNamed(ofUpstream(named), given);
    registerGlobally(() => measure()?.provider, log);
    followFastify();
    for (const start of ['http.server.request.start', 'http2.server.stream.start'])
      subscribe(start, (message) => measure()?.onRequest(message));
    for (const follow of [followCalls, followStreams]) follow((call) => whenMeasuring(({ onCall }) => onCall(call)));
    followOperations(named, (operation) => whenMeasuring(({ onOperation }) => onOperation(operation)), given);
    if (env.ONYX_TELEMETRY_DOCTOR?.trim() === '1') measure();
    else measureLater();
  }
}
