// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { ask, credentials, type HttpEndpoint } from '../../prometheus/http-endpoint.ts';
import { type Check, type Finding, fail, pass, unchecked } from '../check.ts';
import type { Platform } from '../platform.ts';

/** Milliseconds that a way to be told may take; Alertmanager itself stops after 10 s of no answer, and tries again. */
const patience = 20_000;
const lifetime = 60_000;

export const notify: Check = {
  id: 'notify',
  criterion: 'alerts',
  promise: 'A test alert arrives by each way to be told of alerts',
  onRequest: true,
  async run(platform) {
    const place = platform.settings.alertmanager ?? (await platform.activeAlertmanager());
    if (place === undefined) return [unchecked('ways to be told', 'Prometheus knows no Alertmanager')];
    const before = await sent(place, platform);
    const ways = [...before.keys()].filter((way) => way.startsWith('operators '));
    if (ways.length === 0)
      return [unchecked('ways to be told', 'there is none: docs/guides/be-told.md'), ...deadman(before)];
    await sendTest(place, platform);
    const deadline = performance.now() + patience;
    for (;;) {
      const now = await sent(place, platform);
      const made = (way: string) => (now.get(way)?.requests ?? 0) - (before.get(way)?.requests ?? 0);
      if (ways.every((way) => made(way) > 0) || performance.now() > deadline)
        return [...ways.map((way) => judge(way, made(way), failures(way, before, now))), ...deadman(now)];
      await delay(200, undefined, { signal: platform.signal });
    }
  },
};

/** What has been sent by one way so far. */
interface Sent {
  readonly requests: number;
  readonly failed: number;
}
type ByWay = ReadonlyMap<string, Sent>;

const failures = (way: string, before: ByWay, now: ByWay) =>
  (now.get(way)?.failed ?? 0) - (before.get(way)?.failed ?? 0);
const nameOf = (way: string) => way.replace('operators ', '');

function judge(way: string, requests: number, failed: number): Finding {
  if (requests > failed) return pass(nameOf(way), 'a test alert was taken; look whether it is where people look');
  return fail(nameOf(way), {
    expected: `a test alert that is taken within ${patience / 1000} s`,
    seen: requests === 0 ? 'nothing was sent' : `${failed} of ${requests} attempts failed`,
    cause:
      requests === 0
        ? 'a silence, or the receiver does not answer'
        : 'a wrong address, key or password, or no way out of its network',
    change: `the file ${nameOf(way)} (docs/guides/be-told.md); the log of Alertmanager says what was answered`,
  });
}

/** Sent to every few minutes by itself: there is nothing to send for a test. */
function deadman(now: ByWay): Finding[] {
  return [...now]
    .filter(([way]) => way.startsWith('deadman '))
    .map(([, { requests, failed }]) => {
      if (requests === 0) return unchecked('deadman', 'the watchdog has not been sent yet: ask again in 5 minutes');
      const measured = `${requests - failed} of ${requests} requests since Alertmanager started were taken`;
      if (failed < requests) return pass('deadman', measured);
      return fail('deadman', {
        expected: 'the watchdog is taken',
        seen: measured,
        cause: 'a wrong address, or no way out of its network',
        change: 'the file deadman (docs/guides/be-told.md); the log of Alertmanager says what was answered',
      });
    });
}

/** By receiver and kind, which is all that Alertmanager says of them itself. */
async function sent(place: HttpEndpoint, { signal }: Platform): Promise<ByWay> {
  const response = await ask(`${place.url}/metrics`, signal, { headers: credentials(place) });
  if (!response.ok) throw new Error(`${place.url}/metrics answered ${response.status}`);
  const text = await response.text();
  const counts = (name: string) =>
    new Map(
      [
        ...text.matchAll(
          new RegExp(`^alertmanager_${name}\\{integration="([^"]*)",receiver_name="([^"]*)"\\} (\\d+)`, 'gm'),
        ),
      ].map(([, kind, receiver, count]) => [`${receiver} ${kind}`, Number(count)]),
    );
  const failed = counts('notification_requests_failed_total');
  return new Map(
    [...counts('notification_requests_total')].map(([way, requests]) => [
      way,
      { requests, failed: failed.get(way) ?? 0 },
    ]),
  );
}

async function sendTest(place: HttpEndpoint, { signal }: Platform): Promise<void> {
  const now = Date.now();
  const alert = {
    // A group of its own, which waits for nothing.
    labels: { alertname: 'TestNotification', severity: 'none', test: new Date(now).toISOString() },
    annotations: {
      summary: 'A test of this way to be told',
      description: 'Sent by npm run verify -- --only notify. Nothing is wrong.',
    },
    endsAt: new Date(now + lifetime).toISOString(),
  };
  const response = await ask(`${place.url}/api/v2/alerts`, signal, {
    method: 'POST',
    headers: { ...credentials(place), 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  });
  if (!response.ok) throw new Error(`${place.url} did not take a test alert: ${response.status}`);
}
