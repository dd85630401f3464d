// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { coreServices } from '@onyx-metrics/otel/catalogue';
import { applicationPerformance } from '../boards/application-performance.ts';
import { systemOverview } from '../boards/system-overview.ts';
import { hoursOfBudget, percent, times } from '../figures.ts';
import { rate, select, share, total } from '../promql.ts';
import * as dependencies from '../signals/dependencies.ts';
import * as http from '../signals/http.ts';
import * as objective from '../signals/objective.ts';
import * as work from '../signals/work.ts';
import * as limits from '../thresholds.ts';
import { type Alert, asked } from './alert.ts';

const calls = (where: string) =>
  dependencies.ofBoth((metric) => rate(select(`${metric}_count`, where), dependencies.each, '5m'));
const inFlight = total('http_server_active_requests', ['service']);
/** How many times as many requests as before are remarkable. */
const pile = 2;
const agents = (where = '') => total(`onyx_active_agents${where}`, ['agent_type']);

/** Whether the applications answer as they should. */
export const applicationAlerts: readonly Alert[] = [
  {
    name: 'HighLatency',
    expr: `onyx:latency_growth:ratio > ${limits.latencyGrowth.critical}`,
    for: '5m',
    severity: 'warning',
    needs: coreServices,
    over: '11m',
    summary: `{{ $labels.service }} takes more than ${times(limits.latencyGrowth.critical)} its normal time.`,
    description: 'The mean of ten minutes is {{ $value | printf "%.1f" }} times the median of the week before.',
    when: `requests of ten minutes took more than ${times(limits.latencyGrowth.critical)} the median of the week`,
    users: 'They wait longer than they are used to.',
    panel: [applicationPerformance, http.latencyGrowth],
  },
  {
    name: 'HighErrorRate',
    expr: `onyx:http_failures:ratio5m > ${limits.requestErrors.critical} and onyx:http_requests:rate5m > ${limits.minimumTraffic}`,
    for: '5m',
    severity: 'critical',
    needs: coreServices,
    over: '6m',
    summary: '{{ $labels.service }} fails to answer requests.',
    description:
      '{{ $value | humanizePercentage }} of the requests of five minutes were answered with a status of 500 or above.',
    when: `more than ${percent(limits.requestErrors.critical)} of the requests to a service end with a 5xx`,
    users: 'They see errors.',
    panel: [applicationPerformance, http.requestErrors],
  },
  {
    name: 'DependencyFailing',
    expr: `${share(calls(dependencies.failed), calls(''))} > ${limits.callFailures.critical} and ${calls('')} > ${limits.minimumTraffic}`,
    for: '5m',
    severity: 'warning',
    needs: coreServices,
    over: '6m',
    summary: '{{ $labels.server_address }} fails to answer {{ $labels.service }}.',
    description:
      '{{ $value | humanizePercentage }} of the calls of five minutes had no whole answer, or one that it cannot be done.',
    when: `more than ${percent(limits.callFailures.critical)} of the calls of a service to another one fail`,
    users: 'What needs that service fails or is missing.',
    panel: [applicationPerformance, dependencies.callFailures],
  },
  {
    name: 'ErrorBudgetFastBurn',
    expr: `onyx:chat_failures:burn1h > ${limits.burnRate.critical} and onyx:chat_failures:burn5m > ${limits.burnRate.critical}`,
    for: '2m',
    severity: 'critical',
    needs: coreServices,
    over: '6m',
    summary: `Chats fail so often that the error budget of a week is gone in ${hoursOfBudget(limits.burnRate.critical)}.`,
    description: `In the last hour chats failed {{ $value | printf "%.1f" }} times as often as ${percent(limits.chatObjective)} allow.`,
    when: `chats fail ${times(limits.burnRate.critical)} as often as the objective of ${percent(limits.chatObjective)} allows`,
    users: 'Many chats end without an answer.',
    panel: [applicationPerformance, objective.burnRates],
  },
  {
    name: 'ErrorBudgetSlowBurn',
    expr: `onyx:chat_failures:burn6h > ${limits.burnRate.warning} and onyx:chat_failures:burn30m > ${limits.burnRate.warning}`,
    for: '15m',
    severity: 'warning',
    needs: coreServices,
    over: '31m',
    summary: `Chats fail so often that the error budget of a week is gone in ${hoursOfBudget(limits.burnRate.warning)}.`,
    description: `In the last six hours chats failed {{ $value | printf "%.1f" }} times as often as ${percent(limits.chatObjective)} allow.`,
    when: `chats fail ${times(limits.burnRate.warning)} as often as the objective of ${percent(limits.chatObjective)} allows`,
    users: 'Some chats end without an answer.',
    panel: [applicationPerformance, objective.burnRates],
  },
  {
    name: 'RequestsPilingUp',
    expr: `${inFlight} > ${limits.requestsInFlight.warning} and ${inFlight} > ${pile} * sum by (service) (http_server_active_requests offset 10m)`,
    for: '5m',
    severity: 'warning',
    needs: coreServices,
    over: '2m',
    summary: 'Requests pile up in {{ $labels.service }}.',
    description: `{{ $value | humanize }} requests are in progress, more than ${times(pile)} as many as ten minutes ago.`,
    when: `more than ${limits.requestsInFlight.warning} requests are in progress in a service, and more than ${times(pile)} as many as ten minutes ago`,
    users: 'Answers take long or do not come.',
    panel: [applicationPerformance, http.requestsInFlightNow],
  },
  {
    name: 'QueueGrowing',
    expr: `${asked(work.taskQueue)} > ${limits.taskQueue.warning} and max(deriv(onyx_queue_depth{service="supabase"}[10m])) > 0`,
    for: '10m',
    severity: 'warning',
    needs: ['onyx', 'redis', 'supabase'],
    over: '11m',
    summary: 'Background tasks pile up.',
    description: '{{ $value | humanize }} tasks wait, and for ten minutes more have been given than were done.',
    when: `more than ${limits.taskQueue.warning} background tasks wait, and they become more`,
    users: 'What they uploaded or asked for in the background comes late.',
    panel: [applicationPerformance, work.taskQueue],
  },
  {
    name: 'TaskFailures',
    expr: `${asked(work.taskFailures, '15m')} > ${limits.taskFailures.critical}`,
    for: '10m',
    severity: 'warning',
    needs: ['onyx', 'supabase', 'qdrant', 'litellm'],
    over: '16m',
    summary: 'Background tasks of type {{ $labels.task_type }} fail.',
    description: '{{ $value | humanizePercentage }} of those that ended in 15 minutes did not end well.',
    when: `more than ${percent(limits.taskFailures.critical)} of the tasks of a type fail`,
    users: 'What they asked for in the background does not happen.',
    panel: [applicationPerformance, work.taskFailures],
  },
  {
    name: 'AgentsStuck',
    expr: `${agents('{status="waiting"}')} / (${agents()} > 0) > ${limits.waitingAgents.critical}`,
    for: '30m',
    severity: 'warning',
    needs: ['onyx', 'redis', 'litellm'],
    over: '2m',
    summary: 'Agents of type {{ $labels.agent_type }} are stuck.',
    description: 'For half an hour {{ $value | humanizePercentage }} of them have been waiting.',
    when: `more than ${percent(limits.waitingAgents.critical)} of the agents of a type wait`,
    users: 'Their agents do not go on.',
    panel: [systemOverview, work.activeAgents],
  },
];
