// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { minimumDays, minimumSpend } from '../thresholds.ts';
import type { RecordingGroup } from './recorded.ts';

/** What the proxy has counted since it started, of each of its processes. */
const counted = 'sum by (instance, requested_model, team_hash) (litellm_spend_metric_total)';
/** How long Prometheus may be away and still know what it had written down. */
const known = (series: string) => `last_over_time(${series}[7d])`;

const account = 'onyx:spend_usd:total';
const seen = 'onyx:spend_usd:seen';
/** At midnight of each of some days; subqueries look at whole multiples of their step since 1970, which a day begins with. */
const atMidnights = (days: string, which = '') =>
  `last_over_time((last_over_time(${account}[2d])${which})[${days}:1d])`;
/** What was spent since the account stood at `begin`, of a model or team that is younger since its first sample. */
const since = (begin: string, days: string) =>
  `(${account} - (${begin} or min_over_time(${account}[${days}]))) >= 0 or ${account}`;

/** Seconds that the account has been kept, a week at most; less than an hour is no pace. */
const kept = `(time() - min(min_over_time(timestamp(${account})[7d:10m])) >= 3600)`;
const leftOfMonth = '(86400 * (days_in_month() - day_of_month() + 1) - 3600 * hour() - 60 * minute())';

/** The same hour of the days before that are known: their median, or the smallest amount worth a look. */
const daysBefore = [1, 2, 3, 4, 5, 6, 7]
  .map((day) => `label_replace(onyx:spend_usd:hour offset ${day}d, "day", "${day}", "", "")`)
  .join(' or ');

/** What was spent by the calendar, in UTC, as providers bill. */
export const spendGroups: readonly RecordingGroup[] = [
  {
    name: 'spend',
    interval: '1m',
    rules: [
      {
        why: `The account: all that was ever seen to be spent. It never falls, neither when the proxy restarts nor while it or Prometheus is away, so that a
difference of two of its values is what was spent between them.`,
        record: account,
        expr: `${known(account)} + sum by (requested_model, team_hash) (
  (${counted} - ${known(seen)}) >= 0
  or
  ${counted} and ${known(seen)}
)
or
${known(account)}
or
0 * sum by (requested_model, team_hash) (${counted})`,
      },
      {
        why: `What of the proxy's counters is in the account now. A series that is new while the proxy was already being read has begun at 0. One that
is first read now may be of any age, and what it counted before does not belong to today.`,
        record: seen,
        expr: `(${counted} and ${known(seen)})
or
0 * ${counted} and on () (max(onyx_target_up{service="litellm"} offset 1m) == 1)
or
${counted}`,
      },
      { record: 'onyx:spend_usd:today', expr: since(atMidnights('1d'), '1d') },
      { record: 'onyx:spend_usd:month', expr: since(atMidnights('31d', ' and on () day_of_month() == 1'), '31d') },
      {
        why: 'This month, and what is left of it at the pace of the last seven days.',
        record: 'onyx:spend_usd:month_end',
        expr: `onyx:spend_usd:month
+ (${account} - min_over_time(${account}[7d])) / on () group_left () ${kept} * on () group_left () ${leftOfMonth}`,
      },
      { record: 'onyx:spend_budget:ratio', expr: 'sum(onyx:spend_usd:month) / max(onyx_budget_monthly_usd > 0)' },
      { record: 'onyx:spend_usd:hour', expr: `sum(${account}) - sum(${account} offset 1h) >= 0` },
      {
        record: 'onyx:spend_growth:ratio',
        expr: `onyx:spend_usd:hour / (clamp_min(quantile(0.5, ${daysBefore}), ${minimumSpend}) and count(${daysBefore}) >= ${minimumDays})`,
      },
    ],
  },
];
