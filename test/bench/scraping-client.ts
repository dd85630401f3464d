// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { getOneMessage, sendMessage } from 'execa';
import { type Scraped, scrapesInTurn } from './scrapes.ts';

/*
 * Scrapes endpoints in turn until it gets a second message, and answers with the milliseconds. A process of its own: beside a load in the
 * same one it would measure how busy that is.
 */
const [endpoints, pause] = (await getOneMessage()) as unknown as [readonly Scraped[], number];
const stopped = new AbortController();
const stop = getOneMessage().then(() => stopped.abort());
const milliseconds = await scrapesInTurn(endpoints, {
  count: Number.POSITIVE_INFINITY,
  pause,
  signal: stopped.signal,
});
await stop;
await sendMessage(milliseconds);
