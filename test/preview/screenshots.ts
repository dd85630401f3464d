// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { boards } from '../../grafana/src/board-files.ts';
import { startStack } from '../../services/native/stack/stack.ts';
import { type Scenario, scenarios } from '../../services/scenarios/scenarios.ts';
import { Stage } from '../../services/scenarios/stage.ts';
import { picturedIn } from '../services/scenarios/scenarios-table.ts';
import { BoardPage, openBrowser } from './browser.ts';

/*
 * `npm run screenshots`: the boards as pictures in docs/images, from a platform of their own: each in dark and light while all is well, and
 * in the first scenario whose cause it shows, if there is one.
 */

const root = path.resolve(import.meta.dirname, '../..');
/** Of the part of a board on a picture, in pixels, where not all of it is needed. */
const upper = 1000;

/** Milliseconds a board may take on a machine that does something else meanwhile. */
const patience = 300_000;

const { minutes, each, out, only } = new Command('npm run screenshots --')
  .description('Pictures of all boards, 1366 pixels wide, while all is well and in scenarios.')
  .option('--minutes <number>', 'how long all is well first', positive, 10)
  .option('--each <minutes>', 'how long each scenario goes on then, and how long all is well before it', positive, 5)
  .option('--only <uid>', 'this board alone')
  .option('--out <folder>', 'where the pictures go', path.join(root, 'docs/images'))
  .parse()
  .opts<{ minutes: number; each: number; out: string; only?: string }>();

const pictured = boards.filter(({ uid }) => uid === (only ?? uid));
const ended = new AbortController();
process.once('SIGINT', () => ended.abort());
// Asks more often than in production, or a scenario would be over after two questions.
const stack = await startStack({ ports: 'free', signal: ended.signal, canary: true, intervals: { canary: 15 } });
const stage = new Stage(stack);
const browser = await openBrowser();
try {
  await Promise.all([stack.showDashboards(), playFor(minutes)]);
  await mkdir(out, { recursive: true });
  for (const { uid } of pictured) await picture(uid, uid, 'dark');
  for (const { uid } of pictured) await picture(uid, `${uid}-light`, 'light', upper);
  // The outage, which every board shows, comes last.
  for (const { uid } of pictured.toReversed()) {
    const name = picturedIn(uid);
    if (name === undefined) continue;
    // Or the board would still show the scenario before.
    await playFor(each);
    await playFor(each, scenarios[name]);
    // The panel of the cause may be far below.
    await picture(uid, `${uid}-${name}`, 'dark');
  }
} finally {
  await browser.close();
  await stage.clear();
  await stack.stop();
}
process.exit();

async function playFor(minutes: number, scenario?: Scenario): Promise<void> {
  await stage.play(scenario);
  process.stdout.write(`${scenario?.story ?? 'All is well'}, for ${minutes} minutes\n`);
  await delay(minutes * 60_000, undefined, { signal: ended.signal });
}

/** @param height of its part on the picture; all of it when not given */
async function picture(uid: string, name: string, theme: 'dark' | 'light', height?: number): Promise<void> {
  const context = await browser.newContext();
  context.setDefaultTimeout(patience);
  const address = `/d/${uid}?from=now-10m&to=now&refresh=&theme=${theme}`;
  const board = await BoardPage.open(context, { url: stack.urls.preview }, address, height ?? 768);
  if (height === undefined) {
    // Of what is far outside the window nothing is drawn.
    const whole = await board.page.evaluate<number>('document.documentElement.scrollHeight');
    await board.page.setViewportSize({ width: 1366, height: whole });
  }
  await board.answered();
  const file = path.join(out, `${name}.png`);
  await board.page.screenshot({ path: file });
  process.stdout.write(`${file}\n`);
  await context.close();
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('A number above 0 is allowed.');
  return number;
}
