// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as chat from '../../grafana/src/signals/chat.ts';
import * as http from '../../grafana/src/signals/http.ts';
import * as models from '../../grafana/src/signals/models.ts';
import * as qdrant from '../../grafana/src/signals/qdrant.ts';
import * as retrieval from '../../grafana/src/signals/retrieval.ts';
import * as runtime from '../../grafana/src/signals/runtime.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';

const line = ({ queries }: Signal, index = 0): string => queries[index]?.expr ?? '';
const p95 = (signal: Signal): string => line(signal, 1);
const sum = (...exprs: readonly string[]): string => exprs.map((expr) => `sum(${expr})`).join(' + ');

/** What each board shows more than once, in other panels, columns and legends: every expression of a quantity has one value. */
export const quantities: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'system-overview': {
    'failing chats': [
      line(chat.chatFailuresNow),
      line(chat.chatFailureCourse),
      `${sum(line(chat.chatRate, 1))} / (${sum(line(chat.chatRate), line(chat.chatRate, 1))})`,
    ],
    'p95 of chats': [line(chat.chatLatencyNow), p95(chat.chatPercentiles)],
  },
  'application-performance': {
    requests: [line(http.requestRateNow), sum(line(http.requestStatuses)), sum(line(http.requestRate))],
    'p95 of requests': [line(http.requestLatencyNow), p95(http.requestPercentiles), line(http.latencyAndYesterday)],
    'requests in progress': [line(http.requestsInFlightNow), sum(line(runtime.requestsInFlight))],
  },
  'llm-metrics': {
    calls: [line(models.callRateNow), sum(line(models.callRate))],
    'calls that fail, by model': [line(models.callFailures), `1 - (${line(models.callSuccess)})`],
    'spend an hour': [line(models.knownSpend), line(models.spendCourse)],
    chats: [sum(line(chat.modelChatRate)), sum(line(chat.chatRate), line(chat.chatRate, 1))],
  },
  'rag-performance': {
    retrievals: [line(retrieval.retrievalRate), sum(line(retrieval.retrievalsByVectors))],
    'p95 of retrievals': [line(retrieval.retrievalLatency), p95(retrieval.retrievalPercentiles)],
    'quick retrievals': [line(retrieval.quickRetrievals), line(retrieval.retrievalsWithin, 1)],
    'empty retrievals': [line(retrieval.emptyRetrievals), line(retrieval.emptyCourse)],
    'p95 of searches': [line(qdrant.searchLatency), p95(qdrant.searchPercentiles)],
  },
};
