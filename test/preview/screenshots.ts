// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { Dashboard } from '../../grafana/preview/src/dashboard.ts';
import { trickle } from '../../services/load/trickle.ts';
import { startStack } from '../../services/native/stack/stack.ts';
import { BoardPage, openBrowser } from './browser.ts';

/*
 * `npm run screenshots`: the boards as pictures in docs/images, from a platform of their own under the demonstration load.
 */

const root = path.resolve(import.meta.dirname, '../..');

const { minutes, height, out } = new Command('npm run screenshots --')
  .description('Pictures of all boards, 1366 pixels wide, after a while of demonstration load.')
  .option('--minutes <number>', 'how long the load runs first', positive, 10)
  .option('--height <pixels>', 'of the part of a board on the picture; all of it when not given', positive)
  .option('--out <folder>', 'where the pictures go', path.join(root, 'docs/images'))
  .parse()
  .opts<{ minutes: number; height?: number; out: string }>();

const loaded = new AbortController();
const stack = await startStack({ ports: 'free', signal: loaded.signal });
process.once('SIGINT', () => loaded.abort());
try {
  void trickle({ sunaUrl: stack.urls.suna, signal: loaded.signal });
  process.stdout.write(`Load for ${minutes} minutes\n`);
  await Promise.all([stack.showDashboards(), delay(minutes * 60_000, undefined, { signal: loaded.signal })]);
  await mkdir(out, { recursive: true });
  const browser = await openBrowser();
  const context = await browser.newContext();
  for (const name of await readdir(path.join(root, 'grafana/dashboards'))) {
    const { uid } = JSON.parse(await readFile(path.join(root, 'grafana/dashboards', name), 'utf8')) as Dashboard;
    const url = stack.urls.preview;
    const address = `/d/${uid}?from=now-${Math.ceil(minutes)}m&to=now&refresh=`;
    const board = await BoardPage.open(context, { url }, address, height ?? 768);
    const file = path.join(out, `${uid}.png`);
    await board.page.screenshot({ path: file, fullPage: height === undefined });
    process.stdout.write(`${file}\n`);
    await board.close();
  }
  await browser.close();
} finally {
  loaded.abort();
  await stack.stop();
}
process.exit();

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('A number above 0 is allowed.');
  return number;
}
