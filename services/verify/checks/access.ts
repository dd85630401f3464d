// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { ask, basic, type HttpEndpoint } from '../../prometheus/http-endpoint.ts';
import { type Check, type Finding, fail, pass, unchecked } from '../check.ts';
import { kindOf, tryPreviewLogin } from '../dashboards.ts';

/** A user that cannot exist: five wrong passwords would lock a real one out of Grafana for five minutes. */
const nobody = 'onyx-verify';
const wrong = 'certainly not the password';

export const access: Check = {
  id: 'access',
  criterion: '9.1.4',
  promise: 'Dashboards with authentication: who is not logged in, or has a wrong password, sees nothing',
  async run(platform) {
    const { grafana } = platform.settings;
    if (grafana === undefined) return [unchecked('login', 'no Grafana was named (--grafana)')];
    // The right password first: a preview refuses everyone for a while after wrong ones.
    const dashboards = await platform.dashboards();
    const kind = await kindOf(grafana, platform.signal);
    const seen = await openDoors(grafana, kind, platform.signal);
    if (seen.length > 0) return [tooOpen(grafana, seen)];
    if ('absent' in dashboards) return [unchecked('login', `refuses everybody: ${dashboards.absent}`)];
    return [judgePassword(grafana, kind === 'preview')];
  },
};

/** What answers though it should not. */
async function openDoors({ url }: HttpEndpoint, kind: 'grafana' | 'preview', signal: AbortSignal): Promise<string[]> {
  const api = kind === 'grafana' ? '/api/search' : '/api/boards';
  const [page, anonymous, mistaken] = await Promise.all([
    ask(`${url}/`, signal),
    ask(`${url}${api}`, signal),
    kind === 'grafana'
      ? ask(`${url}${api}`, signal, { headers: { authorization: basic(`${nobody}:${wrong}`) } })
      : tryPreviewLogin(url, nobody, wrong, signal),
  ]);
  const asksForLogin = [301, 302, 303, 307].includes(page.status) && page.headers.get('location')?.includes('/login');
  return [
    ...(asksForLogin ? [] : [`the start page answers ${page.status} to anybody instead of asking for a login`]),
    ...(anonymous.status === 401 ? [] : [`${api} answers ${anonymous.status} to anybody`]),
    ...([401, 403, 429].includes(mistaken.status) ? [] : [`a wrong password is answered ${mistaken.status}`]),
  ];
}

function tooOpen({ url }: HttpEndpoint, seen: readonly string[]): Finding {
  return fail('login', {
    expected: 'a login page, and 401 without the right password',
    seen: seen.join('; '),
    cause: 'anonymous access is on, or a proxy logs everybody in',
    change: `GF_AUTH_ANONYMOUS_ENABLED in docker-compose.otel.yml, collector-config/nginx.conf, or what stands before ${url}`,
  });
}

function judgePassword({ url, user, password }: HttpEndpoint, preview: boolean): Finding {
  const measured = `${url}: login asked for, anonymous and a wrong password refused, ${user} let in`;
  const isDefault = user === 'admin' && password === 'admin';
  return pass('login', measured, {
    preview,
    ...(isDefault && { warning: 'the password is admin: name another in grafana_admin_password' }),
  });
}
