// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { ask, basic, credentials } from '../../prometheus/http-endpoint.ts';
import { type Check, type Finding, fail, nonePushed, pass, unchecked } from '../check.ts';
import { kindOf } from '../dashboards.ts';
import { openPorts } from '../listening.ts';
import type { Platform } from '../platform.ts';
import { sixAtOnce } from '../six-at-once.ts';

export const security: Check = {
  id: 'security',
  criterion: 'security',
  promise: 'Endpoints refuse who has no password, nothing is open to the network, Grafana is set up safely',
  run: async (platform) => [
    await endpoints(platform),
    await interfacesOf(platform),
    await listeners(platform),
    await grafanaSettings(platform),
  ],
};

/** Each without credentials, with a wrong password, and with the one everybody knows. */
async function endpoints(platform: Platform): Promise<Finding> {
  const { signal } = platform;
  const subject = 'metrics endpoints';
  const doors = {
    'no credentials': {},
    'a wrong password': { authorization: basic('prometheus:onyx-verify: certainly not the password') },
    'admin with the password admin': { authorization: basic('admin:admin') },
  } as const;
  const attempts = [...(await platform.endpoints())].flatMap(([service, url]) =>
    Object.entries(doors).map(([door, headers]) => ({ service, url, door, headers })),
  );
  if (attempts.length === 0 && (await platform.pushed())) return pass(subject, nonePushed);
  if (attempts.length === 0) return unchecked(subject, 'Prometheus scrapes no endpoint of a collector');
  try {
    const answers = await sixAtOnce(attempts, async (attempt) => {
      const response = await ask(attempt.url, signal, { headers: attempt.headers });
      await response.body?.cancel();
      return { ...attempt, status: response.status };
    });
    const isKnown = ({ door }: (typeof answers)[number]) => door === 'admin with the password admin';
    const open = answers.filter((answer) => answer.status !== 401 && !isKnown(answer));
    if (open.length > 0) {
      return fail(subject, {
        expected: '401',
        seen: open.map(({ service, door, status }) => `${service} answers ${status} to ${door}`).join(', '),
        cause: 'the exporter has no authenticator, or a proxy before it adds the password',
        change: 'collector-config/collector.yaml (auth of the exporters)',
      });
    }
    const isDefault = answers.some((answer) => isKnown(answer) && answer.status === 200);
    return pass(subject, `${answers.length / 3} answer 401 without credentials and with a wrong password`, {
      ...(isDefault && { warning: 'they accept admin with the password admin: npm run secrets makes a better one' }),
    });
  } catch (error) {
    return unchecked(subject, (error as Error).message);
  }
}

/** Prometheus and Alertmanager, of which people need no more than the boards show. */
async function interfacesOf({ settings, signal }: Platform): Promise<Finding> {
  const subject = 'Prometheus and Alertmanager';
  const places = [settings.prometheus, settings.alertmanager].filter((place) => place !== undefined);
  const statuses = await sixAtOnce(places, async ({ url }) => {
    const response = await ask(`${url}/api/${url === settings.prometheus.url ? 'v1/labels' : 'v2/status'}`, signal);
    await response.body?.cancel();
    return { url, status: response.status };
  });
  const isLocal = ({ url }: { readonly url: string }) => isLoopback(new URL(url).hostname);
  const open = statuses.filter(({ status }) => status === 200);
  const promised = places.filter((place) => place.user !== undefined && open.some(({ url }) => url === place.url));
  if (promised.length > 0) {
    return fail(subject, {
      expected: 'a password, for one was given',
      seen: promised.map(({ url }) => `${url} answers anybody`).join(', '),
      cause: 'it runs without its web configuration file',
      change: 'docker-compose.otel.yml (--web.config.file)',
    });
  }
  const text = statuses
    .map(({ url, status }) => `${url} ${status === 200 ? 'needs no password' : `answers ${status}`}`)
    .join(', ');
  const reachable = open.filter((place) => !isLocal(place));
  return pass(subject, text, {
    ...(reachable.length > 0 && { warning: 'all who reach that address read everything: close it to others' }),
  });
}

/** Whether what listens here on the loopback address can be reached from outside as well. */
async function listeners(platform: Platform): Promise<Finding> {
  const subject = 'addresses listened on';
  const { prometheus, grafana, alertmanager } = platform.settings;
  const urls = [prometheus.url, grafana?.url, alertmanager?.url, ...(await platform.endpoints()).values()];
  const ports = urls.flatMap((url) => {
    const { hostname, port, protocol } = new URL(url ?? 'about:blank');
    return isLoopback(hostname) ? [Number(port || (protocol === 'https:' ? 443 : 80))] : [];
  });
  if (ports.length === 0) return unchecked(subject, 'it can be seen only where they run');
  const open = await openPorts(ports);
  if (open.length === 0) return pass(subject, `${ports.length} ports on the loopback address, none on another`);
  return fail(subject, {
    expected: 'the loopback address only',
    seen: `${open.map((port) => `port ${port}`).join(', ')} on others as well`,
    cause: 'it listens on all addresses, or a port is published without 127.0.0.1 before it',
    change: 'ports: in docker-compose.otel.yml, or the flag or variable with its listen address',
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Settings of Grafana's by section that must not be on, and the variable that sets them. */
const unsafe = [
  ['auth.anonymous', 'enabled', 'GF_AUTH_ANONYMOUS_ENABLED'],
  ['users', 'allow_sign_up', 'GF_USERS_ALLOW_SIGN_UP'],
  ['public_dashboards', 'enabled', 'GF_PUBLIC_DASHBOARDS_ENABLED'],
  ['snapshots', 'external_enabled', 'GF_SNAPSHOTS_EXTERNAL_ENABLED'],
  ['analytics', 'reporting_enabled', 'GF_ANALYTICS_REPORTING_ENABLED'],
  ['security', 'allow_embedding', 'GF_SECURITY_ALLOW_EMBEDDING'],
] as const;
/** What Grafana takes for yes: it shows a setting as it was written. */
const yes = /^(1|t|true|y|yes|on)$/i;
const settingsOfGrafana = z.record(z.string(), z.record(z.string(), z.string()));

export async function grafanaSettings({ settings: { grafana }, signal }: Platform): Promise<Finding> {
  const subject = "Grafana's settings";
  if (grafana === undefined) return unchecked(subject, 'no Grafana was named (--grafana)');
  try {
    if ((await kindOf(grafana, signal)) === 'preview') return unchecked(subject, 'the preview has none');
    const response = await ask(`${grafana.url}/api/admin/settings`, signal, { headers: credentials(grafana) });
    if (!response.ok) return unchecked(subject, `/api/admin/settings answers ${response.status} to ${grafana.user}`);
    const found = settingsOfGrafana.parse(await response.json());
    const bad = unsafe.filter(([section, key]) => yes.test(found[section]?.[key] ?? ''));
    if (bad.length > 0) {
      return fail(subject, {
        expected: 'no anonymous access, sign-up, sharing without a login, reporting or embedding',
        seen: bad.map(([section, key]) => `${section}.${key} is ${found[section]?.[key]}`).join(', '),
        cause: 'the environment of the container does not set them',
        change: `${bad.map(([, , variable]) => variable).join(', ')} in docker-compose.otel.yml`,
      });
    }
    // An administrator of part of Grafana is shown part of its settings.
    const hidden = unsafe.filter(([section, key]) => found[section]?.[key] === undefined);
    if (hidden.length === 0) return pass(subject, `none of ${unsafe.length} that matter is unsafe`);
    return unchecked(
      subject,
      `${grafana.user} is not shown ${hidden.map(([section, key]) => `${section}.${key}`).join(', ')}`,
    );
  } catch (error) {
    signal.throwIfAborted();
    return unchecked(subject, (error as Error).message);
  }
}
