// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Board } from '../dashboard.ts';
import { stacked, stat, table, timeline, timeseries } from '../panels.ts';
import * as chat from '../signals/chat.ts';
import * as proxy from '../signals/litellm.ts';
import * as models from '../signals/models.ts';

export const llmMetrics: Board = {
  uid: 'llm-metrics',
  title: 'LLM Metrics',
  description:
    'Do the models answer, how quickly, and what do they cost? As Onyx calls them, and as the proxy sees them.',
  variables: [
    {
      name: 'model',
      label: 'Model',
      series: 'litellm_proxy_total_requests_metric_total',
      of: 'requested_model',
    },
  ],
  rows: [
    {
      title: 'Do the models answer?',
      height: 4,
      panels: [
        { width: 4, panel: stat(models.callRateNow) },
        { width: 4, panel: stat(models.callSuccessNow) },
        { width: 4, panel: stat(models.callLatencyNow) },
        { width: 4, panel: stat(models.firstChunkNow) },
        { width: 4, panel: stat(models.knownSpend) },
        { width: 4, panel: stat(models.unknownSpend) },
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
                'Each model as the proxy sees it; dear and slow beside cheap and quick: ask whether the task needs the former.',
              empty: { because: 'traffic', text: 'The proxy got no request in this time' },
            },
            { requested_model: 'Model' },
            [
              { signal: proxy.proxyRequests, name: 'Requests' },
              { signal: proxy.proxyFailures, name: 'Failing' },
              { signal: proxy.proxyLatency, name: 'Duration, p95' },
              { signal: proxy.proxyFirstToken, name: 'First token, p95' },
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
        { width: 12, panel: stacked(models.callRate, 'beside') },
        { width: 12, panel: timeseries(models.callSuccess, 'beside') },
      ],
    },
    {
      title: 'Duration by model',
      height: 8,
      panels: [
        { width: 12, panel: timeseries(models.callLatency, 'beside') },
        { width: 12, panel: timeseries(models.firstChunkLatency, 'beside') },
      ],
    },
    {
      title: 'Tokens and spend',
      height: 8,
      panels: [
        { width: 7, panel: timeseries(proxy.tokens) },
        { width: 7, panel: timeseries(models.spendCourse) },
        { width: 10, panel: stacked(models.unknownQuantities) },
      ],
    },
    {
      title: 'Chats, as users feel them',
      height: 8,
      panels: [
        { width: 12, panel: timeseries(chat.modelChatLatency, 'beside') },
        { width: 12, panel: timeseries(chat.chatsAboveScale, 'beside') },
      ],
    },
    {
      title: 'Chats and their failures',
      height: 8,
      panels: [
        { width: 12, panel: stacked(chat.modelChatRate, 'beside') },
        { width: 12, panel: timeseries(chat.chatFailures, 'beside') },
      ],
    },
    {
      title: 'Proxy and providers',
      height: 8,
      panels: [
        { width: 12, panel: timeline(proxy.deploymentState) },
        { width: 12, panel: timeseries(proxy.proxyLatency, 'beside') },
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
