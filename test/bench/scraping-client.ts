// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { getEachMessage, sendMessage } from 'execa';
import { type Pace, type Scraped, scrapesInTurn } from './scrapes.ts';

/*
 * Scrapes endpoints in turn, as often as a message says, and answers with the milliseconds; `stop` ends one without a count. It is a
 * process of its own: next to other work it would measure how busy that is.
 */
let stopped = new AbortController();
for await (const message of getEachMessage()) {
  if (message === 'stop') {
    stopped.abort();
    continue;
  }
  const [endpoints, pace] = message as unknown as [readonly Scraped[], Pace];
  stopped = new AbortController();
  void scrapesInTurn(endpoints, pace, stopped.signal).then(sendMessage);
}
