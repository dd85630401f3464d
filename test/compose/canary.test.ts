// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { canarySettings } from '../../otel/src/canary/settings.ts';
import { canaryFile, overlayFile, platformFile, project } from './project.ts';

const question = {
  ONYX_CANARY_QUESTION: 'What is the limit of an export?',
  ONYX_CANARY_DOCUMENT: '168',
  ONYX_CANARY_ANSWER: '50 megabytes',
};
const files = [platformFile, overlayFile, canaryFile];
const overlay = (env: Record<string, string> = question) => project(files, { env });

test('one more file adds the canary to the overlay, and tells the collector that it asks', async () => {
  const before = await project([platformFile, overlayFile]);
  const { 'onyx-metrics-canary': canary, 'onyx-metrics-collector': collector, ...others } = (await overlay()).services;
  const { 'onyx-metrics-collector': collectorBefore, ...othersBefore } = before.services;
  expect(others).toEqual(othersBefore);
  expect(collector).toEqual({
    ...collectorBefore,
    environment: { ...collectorBefore?.environment, ONYX_CANARY: '1' },
  });
  expect(canary?.scale ?? 1).toBe(1);
});

test('ONYX_CANARY=0 switches it off, for the collector too', async () => {
  const { services } = await overlay({ ...question, ONYX_CANARY: '0' });
  expect(services['onyx-metrics-canary']?.scale).toBe(0);
  expect(services['onyx-metrics-collector']?.environment?.ONYX_CANARY).toBe('0');
});

test('without a question Compose says which variable is missing, and what it is', async () => {
  await expect(overlay({})).rejects.toThrow(/ONYX_CANARY_QUESTION.*is a question whose answer is known/);
});

test('it has the rights and limits of the other services of the overlay, and reaches Suna where it is', async () => {
  const { services, secrets } = await overlay({ ...question, ONYX_SUNA_TARGET: 'web:80', ONYX_CANARY_MODEL: 'gpt-4o' });
  const { 'onyx-metrics-canary': canary, 'onyx-metrics-alertmanager': another } = services;
  for (const key of [
    ...(['read_only', 'cap_drop', 'security_opt', 'pids_limit', 'cpu_shares', 'mem_limit', 'cpus'] as const),
    ...(['logging', 'stop_grace_period', 'restart'] as const),
  ])
    expect(canary?.[key], key).toEqual(another?.[key]);
  expect(canary?.user).toMatch(/^[1-9]\d*:\d+$/);
  expect(canary?.ports).toBeUndefined();
  for (const mount of canary?.volumes ?? [])
    expect(mount).toMatchObject({ type: 'bind', read_only: true, bind: { create_host_path: false } });
  expect(Object.keys(secrets)).toContain('onyx_metrics_canary_token');
  expect(canary?.environment).toMatchObject({
    OTEL_SERVICE_NAME: 'canary',
    ONYX_CANARY_URL: 'http://web:80/api/chat',
    ONYX_CANARY_MODEL: 'gpt-4o',
  });
  const given = Object.keys(canary?.environment ?? {}).filter((name) => name.startsWith('ONYX_CANARY_'));
  expect(given.sort()).toEqual(
    Object.values(canarySettings)
      .map(({ variable }) => variable)
      .sort(),
  );
});
