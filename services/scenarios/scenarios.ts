// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { healthy, type Mix } from '../load/mix.ts';
import { chats } from '../load/plan.ts';
import type { ModelParameters } from '../native/stack/litellm-config.ts';
import type { ProcessName } from '../native/stack/platform.ts';

/** Something that goes wrong on the demonstration platform, and what an operator should find out. */
export interface Scenario {
  /** What happens, in a sentence. */
  readonly story: string;
  /** Is killed, and stays away. */
  readonly killed?: ProcessName;
  /** By the name of a model: what LiteLLM is told of it besides, or instead. */
  readonly models?: Readonly<Record<string, ModelParameters>>;
  /** Values of a label that a further service, which no test has seen, sends every ten seconds. */
  readonly flood?: number;
  /** What people do in another way than on a healthy platform. */
  readonly mix?: Partial<Mix>;
  readonly conclusion: Conclusion;
}

/** What the alerts and a board say of the cause, and of nothing else. */
interface Conclusion {
  /** The alert that names the cause, by its labels. */
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Alerts of which people are told as well, since users feel it there. */
  readonly follows?: readonly string[];
  /** The uid of the board that shows the cause, the title of its panel, and the column if that is a table. */
  readonly board: string;
  readonly panel: string;
  readonly column?: string;
  /** Beyond the limit of the panel, and no other line is; the highest of a panel without a limit. */
  readonly lines: readonly string[];
  /** What the operator then knows and does, in two sentences. */
  readonly meaning: string;
}

const { usual, large, brief, empty } = chats;

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
  'cost-spike': {
    story: 'Each call of mock-large reads and writes thousands of tokens, hundreds of times as many as before.',
    models: {
      'mock-large': {
        mock_response: {
          choices: [{ message: { role: 'assistant', content: 'A mock model wrote this, and much more.' } }],
          usage: { prompt_tokens: 24_000, completion_tokens: 8_000, total_tokens: 32_000 },
        },
      },
    },
    mix: { chats: [brief, large, usual, large] },
    conclusion: {
      alert: 'SpendHigh',
      labels: {},
      ...{ board: 'llm-metrics', panel: 'Models compared', column: 'Spend an hour', lines: ['mock-large'] },
      meaning:
        'One model costs nearly everything, and its tokens grew where its calls did not. Look for what makes its prompts and answers long.',
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
  'empty-retrieval': {
    story: 'People ask what no document answers, as after a failed import.',
    mix: { chats: [empty, empty, brief, empty] },
    conclusion: {
      alert: 'RetrievalEmpty',
      labels: {},
      ...{ board: 'rag-performance', panel: 'Retrievals that find nothing', lines: ['empty'] },
      meaning:
        'Everything answers, quickly and without an error, and answers use no document. See what was deleted, or which threshold was raised.',
    },
  },
  'failing-tasks': {
    story: 'Every export fails, and other background tasks do not.',
    mix: {
      taskPause: 1,
      tasks: [
        { taskType: 'export', items: 0 },
        { taskType: 'ingest', items: 8 },
      ],
    },
    conclusion: {
      alert: 'TaskFailures',
      labels: { task_type: 'export' },
      ...{ board: 'application-performance', panel: 'Tasks that fail, by type', lines: ['export'] },
      meaning: 'Tasks of one type fail, so it is the task and not the queue. Read the log of Onyx for its error.',
    },
  },
  backlog: {
    story: 'More background tasks are given than are done.',
    mix: { taskPause: 0.2, tasks: [{ taskType: 'ingest', items: 160 }] },
    conclusion: {
      alert: 'QueueGrowing',
      labels: {},
      ...{ board: 'application-performance', panel: 'Tasks that wait', lines: ['waiting'] },
      meaning:
        'The queue grows and no task fails, so there are too few workers for what is given. Find who gives that many, or add a worker.',
    },
  },
  'stuck-agents': {
    story: 'Agents for research wait and do not go on.',
    mix: {
      agents: [
        ...healthy.agents.filter(({ agentType }) => agentType !== 'research'),
        ...Array.from({ length: 9 }, () => ({ agentType: 'research', status: 'waiting' }) as const),
      ],
    },
    conclusion: {
      alert: 'AgentsStuck',
      labels: { agent_type: 'research' },
      ...{ board: 'system-overview', panel: 'Active agents', lines: ['waiting'] },
      meaning: 'Agents of one type wait, and chats go on. See what these agents wait for, and end those that hang.',
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
  'label-flood': {
    story: 'A new service sends a label with 60,000 values.',
    flood: 60_000,
    conclusion: {
      alert: 'ScrapeRefused',
      labels: { service: 'apps' },
      follows: ['TooManyLines'],
      ...{ board: 'infrastructure-health', panel: 'Lines', lines: ['apps'] },
      meaning:
        'One endpoint says more than Prometheus takes, and all six services are as quick and complete as before. Find the metric with the most lines, and take the label away.',
    },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
