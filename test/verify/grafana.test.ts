// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { access } from '../../services/verify/checks/access.ts';
import { grafanaSettings } from '../../services/verify/checks/security.ts';
import { kindOf, openDashboards } from '../../services/verify/dashboards.ts';
import { Platform } from '../../services/verify/platform.ts';
import { readSettings } from '../../services/verify/settings-file.ts';
import { GrafanaStandIn } from './grafana-stand-in.ts';

/*
 * Grafana itself runs nowhere but in Docker: its API is that of a stand-in here. test/e2e/verify.test.ts has the boards.
 */

const forever = new AbortController().signal;
/** Nothing answers there: these paths need no Prometheus. */
const nowhere = 'http://127.0.0.1:9';

let grafana: GrafanaStandIn;
beforeEach(async () => {
  grafana = await GrafanaStandIn.start({ url: nowhere });
});
afterEach(() => grafana.close());

function platform(place = grafana.place): Platform {
  const settings = readSettings(undefined, { prometheus: { url: nowhere } });
  return new Platform({ ...settings, grafana: place }, forever);
}

const login = async (place = grafana.place) => (await access.run(platform(place)))[0];

test('Grafana is told from the preview by its health, good or bad', async () => {
  expect(await kindOf(grafana.place, forever)).toBe('grafana');
  grafana.healthy = false;
  expect(await kindOf(grafana.place, forever)).toBe('grafana');
});

describe('login', () => {
  test('asked for, refused to others, and the right password lets in: no pass of a preview', async () => {
    expect(await login()).toEqual({
      subject: 'login',
      verdict: 'pass',
      measured: `${grafana.place.url}: login asked for, anonymous and a wrong password refused, admin let in`,
      preview: false,
    });
  });

  test('a password that is not the right one has let nobody in', async () => {
    expect(await login({ ...grafana.place, password: 'another' })).toMatchObject({
      verdict: 'not checked',
      reason: expect.stringContaining('does not let in the user admin with the password given (401)'),
    });
  });

  test('anonymous access is a broken promise', async () => {
    grafana.settings = { ...grafana.settings, 'auth.anonymous': { enabled: 'true' } };
    expect(await login()).toMatchObject({
      verdict: 'fail',
      failure: {
        seen: 'the start page answers 200 to anybody instead of asking for a login; /api/search answers 200 to anybody',
        change: expect.stringContaining('GF_AUTH_ANONYMOUS_ENABLED'),
      },
    });
  });

  test('to look ten times locks nobody out, though Grafana locks out who is wrong five times', async () => {
    for (let time = 0; time < 10; time += 1) expect(await login()).toMatchObject({ verdict: 'pass' });
    for (let time = 0; time < 5; time += 1) await login({ ...grafana.place, password: 'another' });
    expect(await login()).toMatchObject({ verdict: 'not checked' });
  });
});

describe('settings', () => {
  const settings = (place = grafana.place) => grafanaSettings(platform(place));

  test('those of docker-compose.otel.yml are safe', async () => {
    expect(await settings()).toMatchObject({ verdict: 'pass' });
  });

  test.each([
    ['auth.anonymous', 'enabled', 'GF_AUTH_ANONYMOUS_ENABLED'],
    ['users', 'allow_sign_up', 'GF_USERS_ALLOW_SIGN_UP'],
    ['public_dashboards', 'enabled', 'GF_PUBLIC_DASHBOARDS_ENABLED'],
    ['snapshots', 'external_enabled', 'GF_SNAPSHOTS_EXTERNAL_ENABLED'],
    ['analytics', 'reporting_enabled', 'GF_ANALYTICS_REPORTING_ENABLED'],
    ['security', 'allow_embedding', 'GF_SECURITY_ALLOW_EMBEDDING'],
  ])('%s.%s is named with the variable that sets it', async (section, key, variable) => {
    grafana.settings = { ...grafana.settings, [section]: { ...grafana.settings[section], [key]: 'true' } };
    expect(await settings()).toMatchObject({
      verdict: 'fail',
      failure: { seen: `${section}.${key} is true`, change: `${variable} in docker-compose.otel.yml` },
    });
  });

  test.each(['1', 'True', 'on', 'yes'])('%s is yes to Grafana', async (written) => {
    grafana.settings = { ...grafana.settings, 'auth.anonymous': { enabled: written } };
    expect(await settings()).toMatchObject({
      verdict: 'fail',
      failure: { seen: `auth.anonymous.enabled is ${written}` },
    });
  });

  test('who is shown part of them cannot say that they are safe, nor who is shown none', async () => {
    const { users: _, ...others } = grafana.settings;
    grafana.settings = others;
    expect(await settings()).toMatchObject({
      verdict: 'not checked',
      reason: 'admin is not shown users.allow_sign_up',
    });
    expect(await settings({ ...grafana.place, user: 'viewer' })).toMatchObject({
      verdict: 'not checked',
      reason: '/api/admin/settings answers 403 to viewer',
    });
  });
});

test('a board is what Grafana has under its uid', async () => {
  const dashboards = await openDashboards(grafana.place, forever);
  expect(await dashboards.board('llm-metrics')).toMatchObject({ title: 'LLM Metrics', refresh: '10s' });
  expect(await dashboards.board('somebody-elses')).toBeUndefined();
});
