// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import * as chat from '../../grafana/src/signals/chat.ts';
import * as http from '../../grafana/src/signals/http.ts';
import * as models from '../../grafana/src/signals/models.ts';
import * as runtime from '../../grafana/src/signals/runtime.ts';
import type { Signal } from '../../grafana/src/signals/signal.ts';

const line = ({ queries }: Signal, index = 0): string => queries[index]?.expr ?? '';
const sum = (...exprs: readonly string[]): string => exprs.map((expr) => `sum(${expr})`).join(' + ');

/** What follows from other values on the same board. What is the same function of the same series is derived: test/grafana/quantities.ts. */
export const quantities: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'system-overview': {
    'failing chats': [
      line(chat.chatFailuresNow),
      `${sum(line(chat.chatRate, 1))} / (${sum(line(chat.chatRate), line(chat.chatRate, 1))})`,
    ],
  },
  'application-performance': {
    'requests in progress': [line(http.requestsInFlightNow), sum(line(runtime.requestsInFlight))],
  },
  'llm-metrics': {
    'calls that fail, by model': [line(models.callFailures), `1 - (${line(models.callSuccess)})`],
    chats: [sum(line(chat.modelChatRate)), sum(line(chat.chatRate), line(chat.chatRate, 1))],
  },
};
