// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as units from '@grafana/grafana-foundation-sdk/units';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { named, quantile, rate, select, share } from '../promql.ts';
import * as limits from '../thresholds.ts';
import type { Signal } from './signal.ts';
import * as traffic from './traffic.ts';

/* Runs of agents and calls of tools, as the service that runs them records them: by the GenAI conventions. */

const ofAgents = {
  metric: 'gen_ai_invoke_agent_duration_seconds',
  label: 'gen_ai_agent_name',
  empty: { because: 'traffic', text: 'No run of an agent was recorded in this time', unless: traffic.agentRuns },
  scale: catalogue['gen_ai.invoke_agent.duration'].boundaries,
} as const;
const ofTools = {
  metric: 'gen_ai_execute_tool_duration_seconds',
  label: 'gen_ai_tool_name',
  empty: { because: 'traffic', text: 'No call of a tool was recorded in this time', unless: traffic.toolCalls },
  scale: catalogue['gen_ai.execute_tool.duration'].boundaries,
} as const;
type Kind = typeof ofAgents | typeof ofTools;

const lines = ({ label, empty }: Kind, expr: string) =>
  ({ queries: [{ expr: named(label, expr), legend: `{{${label}}}` }], empty }) as const;
const ended = ({ metric, label }: Kind, where = '') => rate(select(`${metric}_count`, where), [label]);
const failing = (kind: Kind) => lines(kind, share(ended(kind, 'error_type!=""'), ended(kind)));
const latency = (kind: Kind) => ({
  ...lines(kind, quantile(0.95, rate(`${kind.metric}_bucket`, ['le', kind.label]))),
  scale: kind.scale,
});

export const agentRate: Signal = {
  title: 'Runs by agent',
  description: 'Runs each second that ended in the last $window. If none end while people ask, agents are stuck.',
  unit: units.OpsPerSecond,
  ...lines(ofAgents, ended(ofAgents)),
};

export const agentFailures: Signal = {
  title: 'Failing runs by agent',
  description:
    'Share of the runs of the last $window that ended with an error. If one agent fails alone, look at its tools, else at the models.',
  unit: units.PercentUnit,
  ...failing(ofAgents),
  threshold: limits.modelFailures,
};

export const agentLatency: Signal = {
  title: 'Duration by agent, p95',
  description:
    'From the call of an agent to the end of its answer, in the last $window. If one gets slower, compare its tools and models.',
  unit: units.Seconds,
  ...latency(ofAgents),
};

export const toolRate: Signal = {
  title: 'Calls by tool',
  description: 'Calls each second in the last $window. If one grows alone, look for an agent that calls it in a loop.',
  unit: units.OpsPerSecond,
  ...lines(ofTools, ended(ofTools)),
};

export const toolFailures: Signal = {
  title: 'Failing calls by tool',
  description:
    'Share of the calls of the last $window that ended with an error. If one tool fails alone, look at the service that it asks.',
  unit: units.PercentUnit,
  ...failing(ofTools),
  threshold: limits.callFailures,
};

export const toolLatency: Signal = {
  title: 'Duration by tool, p95',
  description:
    'Time of calls in the last $window, failed ones too. If one is slow, look at the service that it asks, or give the tool a time limit.',
  unit: units.Seconds,
  ...latency(ofTools),
};
