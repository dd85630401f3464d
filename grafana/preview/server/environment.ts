// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

export interface PreviewSettings {
  /** Address to listen on; anything but a loopback address opens the boards to the network and needs a password of its own. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Base address of the Prometheus API. */
  readonly prometheusUrl: string;
  /** Seconds between two scrapes: `$__rate_interval` is made from it. */
  readonly scrapeSeconds: number;
  /** Folder of the dashboard JSON files, read again for each request. */
  readonly boards: string;
  /** Folder of the runbooks that alerts lead to. */
  readonly runbooks: string;
  /** Folder of the built page; it may appear later than this process. */
  readonly page: string;
}

/**
 * Reads `HOST` (127.0.0.1), `PORT` (3001), `PREVIEW_USER` (admin), `PREVIEW_PASSWORD_FILE` (none: the password is admin),
 * `PROMETHEUS_URL`, `SCRAPE_SECONDS` (15), `BOARDS_DIR`, `RUNBOOKS_DIR` and `PAGE_DIR`. Throws an error that names what is missing or wrong.
 */
export function readSettings(env: NodeJS.ProcessEnv): PreviewSettings {
  const needed = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set: name it in the environment.`);
    return value;
  };
  const positive = (name: string, fallback: number): number => {
    const value = Number(env[name] || fallback);
    if (!(value > 0)) throw new Error(`${name}=${env[name]} is refused: a number above 0 is allowed.`);
    return value;
  };
  const prometheusUrl = needed('PROMETHEUS_URL');
  if (!URL.canParse(prometheusUrl)) throw new Error(`PROMETHEUS_URL=${prometheusUrl} is refused: a URL is allowed.`);
  const file = env.PREVIEW_PASSWORD_FILE;
  const password = file ? readFileSync(file, 'utf8').replace(/\r?\n$/, '') : 'admin';
  if (password === '') throw new Error(`PREVIEW_PASSWORD_FILE=${file} is empty: write the password into it.`);
  const host = env.HOST || '127.0.0.1';
  if (password === 'admin' && !/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)) {
    throw new Error(
      `HOST=${host} is refused with the password everybody knows: name a file that holds another in PREVIEW_PASSWORD_FILE.`,
    );
  }
  return {
    host,
    port: positive('PORT', 3001),
    user: env.PREVIEW_USER || 'admin',
    password,
    prometheusUrl,
    scrapeSeconds: positive('SCRAPE_SECONDS', 15),
    boards: needed('BOARDS_DIR'),
    runbooks: needed('RUNBOOKS_DIR'),
    page: needed('PAGE_DIR'),
  };
}
