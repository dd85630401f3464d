// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import type { Mix } from '../load/mix.ts';
import { chats } from '../load/plan.ts';
import type { ModelParameters } from '../native/stack/litellm-config.ts';
import type { ProcessName } from '../native/stack/platform.ts';

/** Something that goes wrong on the demonstration platform, and what an operator should find out. */
export interface Scenario {
  /** What happens, in a sentence. */
  readonly story: string;
  /** Is killed, and stays away. */
  readonly killed?: Exclude<ProcessName, 'canary'>;
  /** Each document gets the vector of another one, as when a collection is filled from the wrong list. */
  readonly vectorsMixedUp?: true;
  /** By the name of a model: parameters of LiteLLM that are added or replaced. */
  readonly models?: Readonly<Record<string, ModelParameters>>;
  /** What people do in another way than on a healthy platform. */
  readonly mix?: Partial<Mix>;
  /** Series of an application that has one for each order. */
  readonly flood?: number;
  readonly conclusion: Conclusion;
}

/** What the alerts and a board say of the cause, and of nothing else. */
interface Conclusion {
  /** The alert that names the cause, by its labels. */
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Alerts of which people are told as well, since users feel it there. */
  readonly follows?: readonly string[];
  /** The uid of the board that shows the cause, and the title of its panel. */
  readonly board: string;
  readonly panel: string;
  /** Of a table: the heading of the column. */
  readonly column?: string;
  /** Beyond the limit of the panel, and no other line is; the highest of a panel without a limit. */
  readonly lines: readonly string[];
  /** What the operator then knows and does, in two sentences. */
  readonly meaning: string;
}

const { usual, large, brief, deep } = chats;

/** By the name that `npm start -- --scenario` takes. */
export const scenarios = {
  outage: {
    story: 'Onyx core dies, and every chat fails.',
    killed: 'onyx',
    conclusion: {
      alert: 'ServiceSilent',
      labels: { service: 'onyx' },
      ...{ board: 'system-overview', panel: 'Services', lines: ['onyx'] },
      meaning:
        'Onyx is down, and the errors of Suna follow from it: Alertmanager keeps those quiet. Start Onyx again, and read the end of its log.',
    },
  },
  'slow-model': {
    story: 'The provider of mock-large takes 12 seconds for an answer.',
    models: { 'mock-large': { mock_delay: 12 } },
    mix: { chats: [brief, large, usual, large] },
    conclusion: {
      alert: 'ModelSlow',
      labels: { model: 'mock-large' },
      ...{ board: 'llm-metrics', panel: 'Call duration by model, p95', lines: ['mock-large'] },
      meaning:
        'One model is slow and the others are not, so its provider is, and neither the proxy nor retrieval. Route its users to another model.',
    },
  },
  'failing-model': {
    story: 'The provider of mock-chat refuses every call with 429, too many requests.',
    models: { 'mock-chat': { mock_response: 'litellm.RateLimitError' } },
    conclusion: {
      alert: 'ModelFailures',
      labels: { model: 'mock-chat' },
      follows: ['HighErrorRate', 'ErrorBudgetFastBurn', 'DependencyFailing'],
      ...{ board: 'llm-metrics', panel: 'Call success by model', lines: ['mock-chat'] },
      meaning:
        'One model fails and the others do not, so its provider refuses: "Failed calls by error" says 429. Ask for a higher limit, or add a fallback.',
    },
  },
  'wrong-documents': {
    story:
      'The vectors in Qdrant are written again and mixed up: retrieval finds as much as ever, and the wrong documents.',
    vectorsMixedUp: true,
    conclusion: {
      alert: 'CanaryFails',
      labels: {},
      ...{ board: 'rag-performance', panel: 'What comes back to the canary', lines: ['wrong_document'] },
      meaning:
        'Retrieval is broken, and no other panel or alert says so: searches are quick, similarities high, and all chats end well. Embed the documents again.',
    },
  },
  'dead-qdrant': {
    story: 'Qdrant dies, and no document is found any more.',
    killed: 'qdrant',
    conclusion: {
      alert: 'ServiceDown',
      labels: { service: 'qdrant' },
      ...{ board: 'system-overview', panel: 'Services', lines: ['qdrant'] },
      meaning:
        'Qdrant is down, and failing chats follow from it: Alertmanager keeps those quiet. Start Qdrant again, and see whether its disk is full.',
    },
  },
  'cost-spike': {
    story: 'A new feature asks mock-reasoning, the most expensive model, with 40 documents each time.',
    mix: { users: 16, pause: 1, chats: [{ ...deep, vectors: 40 }] },
    conclusion: {
      alert: 'SpendHigh',
      labels: {},
      ...{ board: 'llm-metrics', panel: 'Models compared', column: 'Spend an hour', lines: ['mock-reasoning'] },
      meaning:
        'One model costs more than all others, and it is called often: its price has not changed, its use has. "Spent by model and team" names who calls it.',
    },
  },
  'failing-tasks': {
    story: 'Exports find nothing to work on, and each of them fails.',
    mix: {
      tasks: [
        { taskType: 'ingest', items: 8 },
        { taskType: 'export', items: 0 },
        { taskType: 'summarize', items: 8 },
      ],
      taskPause: 2,
    },
    conclusion: {
      alert: 'TaskFailures',
      labels: { task_type: 'export' },
      ...{ board: 'application-performance', panel: 'Tasks that fail, by type', lines: ['export'] },
      meaning:
        'One type of task fails and the others do not, so what that type needs is broken, and neither the worker nor its database. Read in the log of Onyx how exports end.',
    },
  },
  'stuck-agents': {
    story: 'Agents of research wait for a tool that never answers.',
    mix: {
      agents: [
        { agentType: 'chat', status: 'running' },
        ...Array.from({ length: 4 }, () => ({ agentType: 'research', status: 'waiting' }) as const),
        { agentType: 'ingest', status: 'running' },
      ],
      agentLife: 86_400,
    },
    conclusion: {
      alert: 'AgentsStuck',
      labels: { agent_type: 'research' },
      ...{ board: 'system-overview', panel: 'Active agents', lines: ['waiting'] },
      meaning:
        'Agents of one type wait and the others go on, so what that type asks for is missing, and neither models nor Redis. Look at the tools that research calls.',
    },
  },
  backlog: {
    story: 'Background tasks come faster than the worker can do them.',
    mix: { tasks: [{ taskType: 'ingest', items: 40 }], taskPause: 0.05 },
    conclusion: {
      alert: 'QueueGrowing',
      labels: {},
      ...{ board: 'application-performance', panel: 'Tasks that wait', lines: ['waiting'] },
      meaning:
        'Tasks end as they should, and more come than end: the worker is too small, or a client gives too many. Find who gives them, or start another worker.',
    },
  },
  'label-flood': {
    story: 'An application without the preload makes a series for each of 49,000 orders.',
    flood: 49_000,
    conclusion: {
      alert: 'TooManyLines',
      labels: { service: 'apps' },
      ...{ board: 'infrastructure-health', panel: 'Lines', lines: ['apps'] },
      meaning:
        'One endpoint has more lines than all metrics of this project can, so an application makes them; the endpoints of the services are as they were. The runbook asks which metric it is: take the order out of its labels.',
    },
  },
  'dead-collector': {
    story: 'The collector dies, and how the services are is unknown.',
    killed: 'collector',
    conclusion: {
      alert: 'CollectorDown',
      labels: {},
      ...{ board: 'infrastructure-health', panel: 'Endpoints reached' },
      lines: ['apps', 'infra', 'litellm', 'onyx', 'qdrant', 'redis', 'suna', 'supabase'],
      meaning:
        'All endpoints are gone at once, so it is what measures, and not the services: no other alert is told. Start the collector again.',
    },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
