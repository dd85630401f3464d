// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { type Browser, type BrowserContext, chromium, type Locator, type Page, type Request } from 'playwright-core';
import { readSettings } from '../../services/native/environment.ts';
import { previewPage } from '../../services/native/programs/preview.ts';
import { required } from '../requirement.ts';
import { areAllDrawn, twoFrames } from './in-page.mjs';

const root = path.resolve(import.meta.dirname, '../..');

/** Undefined where there is no browser to test with. */
export const browserPath = required(
  ['chromium', 'chromium-browser', 'google-chrome'],
  'install Chromium (Debian and Ubuntu: apt-get install chromium).',
);

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath ?? '',
    // Without its sandbox because CI runs as root; nothing but our own page is opened. The rest keeps it from calling home.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'].concat([
      '--disable-background-networking',
      '--disable-component-update',
    ]),
  });
}

export interface Preview {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server as a process of its own, in front of a Prometheus and a folder of boards. */
export async function startPreview(prometheusUrl: string, boards: string): Promise<Preview> {
  const port = String(await getPort());
  const child = execa(process.execPath, ['--import', 'tsx', 'grafana/preview/server/main.ts'], {
    cwd: root,
    reject: false,
    env: {
      PORT: port,
      PROMETHEUS_URL: prometheusUrl,
      BOARDS_DIR: path.resolve(root, boards),
      RUNBOOKS_DIR: path.join(root, 'docs/runbooks'),
      PAGE_DIR: await previewPage(readSettings()),
    },
  });
  await Promise.race([
    once(child.stdout, 'data'),
    child.then(({ stderr }) => Promise.reject(new Error(`the preview did not start: ${stderr}`))),
  ]);
  const stop = async () => {
    child.kill('SIGTERM');
    await child;
  };
  return { url: `http://localhost:${port}`, stop };
}

export async function logIn(page: Page, password = 'admin'): Promise<void> {
  await page.getByLabel('User').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click({ noWaitAfter: true });
}

/** A board in a browser tab of its own that notes all it asks for and complains about. */
export class BoardPage {
  readonly page: Page;
  /** Of Prometheus, in order. */
  readonly queries: Request[] = [];
  /** Errors on the console, failed requests, and requests to anywhere but the preview. */
  readonly complaints: string[] = [];

  private constructor(page: Page, url: string) {
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text().slice(0, 200));
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:'))
        this.complaints.push(request.url());
      if (request.url().includes('/api/prometheus/')) this.queries.push(request);
    });
  }

  /** Opens a path of the preview, after a login if the context has none; resolves when its panels have their data. */
  static async open(
    context: BrowserContext,
    { url }: Pick<Preview, 'url'>,
    path: string,
    height = 2400,
  ): Promise<BoardPage> {
    const page = await context.newPage();
    await page.setViewportSize({ width: 1366, height });
    const board = new BoardPage(page, url);
    await page.goto(`${url}${path}`);
    if (new URL(page.url()).pathname === '/login') await logIn(page);
    await board.drawn();
    return board;
  }

  /** Resolves when every panel on screen has what it asked for, drawn. */
  async drawn(): Promise<void> {
    await this.page.waitForFunction(areAllDrawn);
    await this.page.evaluate(twoFrames);
  }

  /** Resolves when everything asked so far is answered and what follows from it is drawn. */
  async answered(): Promise<void> {
    await Promise.all(this.queries.map((request) => request.response()));
    await this.drawn();
  }

  panel(title: string): Locator {
    return this.page
      .locator('[data-panel]')
      .filter({ has: this.page.getByRole('heading', { name: title, exact: true }) });
  }

  /** Parameters of what was asked of Prometheus since the last call. */
  takeQueries(): URLSearchParams[] {
    return this.queries.splice(0).map((request) => new URL(request.url()).searchParams);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}

/** The text a reader sees. */
export function seen(element: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is not rendered does not count
  return element.innerText();
}
