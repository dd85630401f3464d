// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { stacked, stat, table, timeline, timeseries } from '../panels.ts';
import * as agents from '../signals/agent-runs.ts';
import * as allowances from '../signals/allowances.ts';
import * as chat from '../signals/chat.ts';
import * as dependencies from '../signals/dependencies.ts';
import * as proxy from '../signals/litellm.ts';
import * as models from '../signals/models.ts';
import * as spend from '../signals/spend.ts';
import { applicationPerformance } from './application-performance.ts';

export const llmMetrics: Board = {
  uid: 'llm-metrics',
  title: 'LLM Metrics',
  description:
    'Do the models answer, how quickly, and what do they cost? Calls as Onyx waits for them, tokens and spend as the proxy counts them.',
  variables: [
    {
      name: 'model',
      label: 'Model',
      series: 'litellm_proxy_total_requests_metric_total',
      of: 'requested_model',
    },
  ],
  elsewhere: {
    title: 'What Onyx depends on',
    board: applicationPerformance,
    signal: dependencies.callLatency,
    service: 'onyx',
  },
  rows: [
    {
      title: 'Do the models answer?',
      height: 4,
      panels: [
        { width: 4, panel: stat(models.callRateNow, models.callRate) },
        { width: 4, panel: stat(models.callSuccessNow, models.callSuccess) },
        { width: 4, panel: stat(models.callLatencyNow, models.callLatency) },
        { width: 4, panel: stat(models.firstChunkNow, models.firstChunkLatency) },
        { width: 4, panel: stat(models.knownSpend, proxy.spendByModel) },
        { width: 4, panel: stat(models.unknownSpend, models.unknownQuantities) },
      ],
    },
    {
      title: 'Money, by the calendar in UTC',
      height: 4,
      panels: [
        { width: 6, panel: stat(spend.spentToday, spend.todayByTeam) },
        { width: 6, panel: stat(spend.spentThisMonth, spend.monthByTeam) },
        { width: 6, panel: stat(spend.monthEnd, spend.monthEndByTeam) },
        { width: 6, panel: stat(spend.budgetUsed, spend.monthByTeam) },
      ],
    },
    {
      title: 'By model',
      height: 8,
      panels: [
        {
          width: 24,
          panel: table(
            {
              title: 'Models compared',
              description:
                'Each model as Onyx calls it, with tokens and spend from the proxy, in the last $window. If an expensive, slow model handles simple tasks, route them to a cheaper one.',
              empty: { because: 'traffic', text: 'No model was called in this time' },
            },
            { gen_ai_request_model: 'Model' },
            [
              { signal: models.callRate, name: 'Calls' },
              { signal: models.callFailures, name: 'Failing' },
              { signal: models.callLatency, name: 'Duration, p95' },
              { signal: models.firstChunkLatency, name: 'First piece, p95' },
              { signal: proxy.tokensIn, name: 'Tokens in' },
              { signal: proxy.tokensOut, name: 'Tokens out' },
              { signal: proxy.spendByModel, name: 'Spend an hour' },
            ],
          ),
        },
      ],
    },
    {
      title: 'Calls by model',
      height: 8,
      panels: [
        { width: 12, panel: stacked(models.callRate, 'right') },
        { width: 12, panel: timeseries(models.callSuccess, 'right') },
      ],
    },
    {
      title: 'Duration by model',
      height: 8,
      panels: [
        { width: 12, panel: timeseries(models.callLatency, 'right') },
        { width: 12, panel: timeseries(models.firstChunkLatency, 'right') },
      ],
    },
    {
      title: 'Tokens and spend',
      height: 8,
      panels: [
        { width: 7, panel: timeseries(proxy.tokens) },
        { width: 7, panel: timeseries(models.spendCourse) },
        { width: 10, panel: timeseries(models.unknownQuantities) },
      ],
    },
    {
      title: 'Who spends it',
      height: 8,
      panels: [
        {
          width: 14,
          panel: table(
            {
              title: 'Spent by model and team',
              description:
                'US dollars since midnight UTC and since the month began, and at the present pace by its end. To find a team by its pseudonym see docs/guides/litellm.md.',
              empty: { because: 'traffic', text: 'The proxy got no request yet' },
            },
            { requested_model: 'Model', team_hash: 'Team' },
            [
              { signal: spend.monthByTeam, name: 'This month' },
              { signal: spend.todayByTeam, name: 'Today' },
              { signal: spend.monthEndByTeam, name: "Month's end" },
            ],
          ),
        },
        { width: 10, panel: timeseries(spend.spendGrowth) },
      ],
    },
    {
      title: 'What teams and keys have left, and kinds of tokens',
      collapsed: true,
      height: 8,
      panels: [
        { width: 8, panel: timeseries(allowances.budgetLeft) },
        { width: 8, panel: timeseries(allowances.ratesLeft) },
        { width: 8, panel: timeseries(proxy.tokenKinds) },
      ],
    },
    {
      title: 'Chats, as users feel them',
      height: 8,
      panels: [
        { width: 12, panel: timeseries(chat.modelChatLatency, 'right') },
        { width: 12, panel: timeseries(chat.chatsAboveScale, 'right') },
      ],
    },
    {
      title: 'Chats and their failures',
      height: 8,
      panels: [
        { width: 12, panel: stacked(chat.modelChatRate, 'right') },
        { width: 12, panel: timeseries(chat.chatFailures, 'right') },
      ],
    },
    {
      title: 'Agents and tools',
      height: 7,
      panels: [
        {
          width: 12,
          panel: table(
            {
              title: 'Agents compared',
              description:
                'Runs of each agent in the last $window. If one fails or gets slower alone, look at the tools that it calls.',
              empty: { because: 'traffic', text: agents.agentRate.empty.text },
            },
            { gen_ai_agent_name: 'Agent' },
            [
              { signal: agents.agentFailures, name: 'Failing' },
              { signal: agents.agentLatency, name: 'Duration, p95' },
              { signal: agents.agentRate, name: 'Runs' },
            ],
          ),
        },
        {
          width: 12,
          panel: table(
            {
              title: 'Tools compared',
              description:
                'Calls of each tool in the last $window. If one fails alone, look at the service that it asks.',
              empty: { because: 'traffic', text: agents.toolRate.empty.text },
            },
            { gen_ai_tool_name: 'Tool' },
            [
              { signal: agents.toolFailures, name: 'Failing' },
              { signal: agents.toolLatency, name: 'Duration, p95' },
              { signal: agents.toolRate, name: 'Calls' },
            ],
          ),
        },
      ],
    },
    {
      title: 'Course of agents and tools',
      collapsed: true,
      height: 8,
      panels: [
        { width: 6, panel: timeseries(agents.agentFailures) },
        { width: 6, panel: timeseries(agents.agentLatency) },
        { width: 6, panel: timeseries(agents.toolFailures) },
        { width: 6, panel: timeseries(agents.toolLatency) },
      ],
    },
    {
      title: 'By user',
      height: 8,
      panels: [
        {
          width: 24,
          panel: table(
            {
              title: 'Users compared',
              description:
                'Each user in the last $window, by pseudonym. If one alone fails or waits, look for what this user does that others do not.',
              empty: { because: 'traffic', text: 'No chats in this time' },
            },
            { user_id: 'User' },
            [
              { signal: chat.userFailures, name: 'Failing' },
              { signal: chat.userLatency, name: 'Duration, p95' },
              { signal: chat.userChats, name: 'Chats' },
            ],
          ),
        },
      ],
    },
    {
      title: 'Proxy and providers',
      height: 8,
      panels: [
        { width: 12, panel: timeline(proxy.deploymentState) },
        { width: 12, panel: timeseries(proxy.proxyLatency, 'right') },
      ],
    },
    {
      title: 'All requests to the proxy',
      collapsed: true,
      height: 8,
      panels: [
        { width: 12, panel: timeseries(proxy.proxyRequests, 'right') },
        { width: 12, panel: timeseries(proxy.proxyFailures, 'right') },
      ],
    },
    {
      title: 'When something is wrong',
      height: 7,
      panels: [
        { width: 7, panel: timeseries(proxy.queueTime) },
        { width: 7, panel: timeseries(proxy.fallbacks) },
        { width: 10, panel: stacked(models.callErrors) },
      ],
    },
  ],
};
