// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { recordingGroups } from '../../../grafana/src/rules/recorded.ts';
import { panelGroups } from '../../../grafana/src/rules/recorded-panels.ts';
import { alertGroups } from '../../../grafana/src/rules/rule-files.ts';
import { ask, credentials } from '../../prometheus/http-endpoint.ts';
import type { RuleGroup } from '../../prometheus/prometheus.ts';
import { type Check, type Finding, fail, pass } from '../check.ts';
import type { Platform } from '../platform.ts';

const received = z.array(z.object({ labels: z.looseObject({ alertname: z.string() }) }));

/** Groups that boards and runbooks count on; others may take a turn as rarely as they like. */
const ours = new Set([...Object.keys(alertGroups), ...[...recordingGroups, ...panelGroups].map(({ name }) => name)]);
/** Seconds between two turns of the slowest that is generated. */
const slowest = 60;

export const alerting: Check = {
  id: 'alerting',
  criterion: 'alerts',
  promise: 'Rules are evaluated in time, and what fires reaches Alertmanager',
  run: async (platform) => [await evaluation(platform), await delivery(platform)],
};

async function evaluation({ prometheus }: Platform): Promise<Finding> {
  const groups = await prometheus.ruleGroups();
  const began = await prometheus.began().catch(() => undefined);
  // A group's first turn comes within its interval after a start or a reload; until then its last evaluation is in the year 1.
  // What only answers like Prometheus does not say when.
  const loaded = began ? Math.max(began.startTime.getTime(), began.lastConfigTime.getTime()) : 0;
  const age = ({ lastEvaluation }: (typeof groups)[number]) =>
    (Date.now() - Math.max(lastEvaluation.getTime(), loaded)) / 1000;
  const rare = groups.filter(({ name, interval }) => ours.has(name) && interval > slowest);
  if (rare.length > 0) {
    return fail('evaluation', {
      expected: `a turn every ${slowest} s at least`,
      seen: rare.map(({ name, interval }) => `${name} takes one every ${interval} s`).join(', '),
      cause: 'the interval of the group or evaluation_interval was changed',
      change: 'npm run generate (collector-config/prometheus/rules/), or collector-config/prometheus/prometheus.yml',
    });
  }
  // Two turns, and what clocks of two machines may differ by.
  const late = groups.filter((group) => age(group) > 2 * group.interval + 5);
  if (groups.length > 0 && late.length === 0) {
    const oldest = Math.max(...groups.map(age));
    return pass('evaluation', `${groups.length} groups, the oldest evaluated ${oldest.toFixed(1)} s ago`);
  }
  return fail('evaluation', {
    expected: 'every group evaluated within twice its interval',
    seen: groups.length === 0 ? 'no rules at all' : late.map((group) => describeLate(group, age(group))).join(', '),
    cause:
      groups.length === 0
        ? 'no rule file is loaded'
        : 'evaluating takes longer than the interval: a rule reads too much, or waits for a remote store',
    change: 'collector-config/prometheus/prometheus.yml (rule_files), or the log of Prometheus',
  });
}

/** @param age seconds */
function describeLate({ name, interval, evaluationTime, lastEvaluation }: RuleGroup, age: number): string {
  if (lastEvaluation.getTime() <= 0) return `${name} not once in the ${age.toFixed(0)} s since it was loaded`;
  return `${name} ${age.toFixed(0)} s ago, though due every ${interval} s (a turn took ${evaluationTime.toFixed(1)} s)`;
}

async function delivery(platform: Platform): Promise<Finding> {
  const { prometheus, settings, signal } = platform;
  const subject = 'watchdog';
  const firing = await prometheus.query('ALERTS{alertname="Watchdog", alertstate="firing"}');
  if (firing.length === 0) {
    return fail(subject, {
      expected: 'the alert that always fires, firing',
      seen: 'it does not',
      cause: 'the rules are not loaded or not evaluated',
      change: 'collector-config/prometheus/rules/alerts.yml',
    });
  }
  // Other engines do not say whom they tell: then the one that was named.
  const active = await platform.activeAlertmanager().catch((error: Error) => {
    if (settings.alertmanager) return settings.alertmanager;
    throw error;
  });
  const place = settings.alertmanager ?? active;
  if (active === undefined || place === undefined) {
    return fail(subject, {
      expected: 'an Alertmanager that Prometheus sends to',
      seen: 'it knows none',
      cause: 'its target file is empty, or not mounted',
      change: 'collector-config/prometheus/targets/alertmanager.yml',
    });
  }
  try {
    const response = await ask(`${place.url}/api/v2/alerts`, signal, { headers: credentials(place) });
    if (!response.ok) throw new Error(`${place.url} answered ${response.status}`);
    const names = received.parse(await response.json()).map(({ labels }) => labels.alertname);
    if (!names.includes('Watchdog')) throw new Error(`${place.url} knows ${names.join(', ') || 'no alert'}`);
    const others = names.length - 1;
    return pass(subject, `fires, and Alertmanager has it${others > 0 ? `, with ${others} more` : ''}`);
  } catch (error) {
    return fail(subject, {
      expected: 'Alertmanager has the alert that always fires',
      seen: (error as Error).message,
      cause: 'Alertmanager is down or has a password, or Prometheus cannot reach it',
      change: 'start it, or collector-config/prometheus/prometheus.yml (alerting)',
    });
  }
}
