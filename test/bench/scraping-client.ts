// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { getEachMessage, sendMessage } from 'execa';
import { type Pace, type Scraped, scrapesInTurn } from './scrapes.ts';

/*
 * Scrapes endpoints in turn, as often as it is asked, and answers with the milliseconds; `stop` ends what has no count. A process of its
 * own: in one that does something else as well it would measure how busy that is.
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
