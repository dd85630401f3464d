// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { HttpEndpoint } from '../prometheus/http-endpoint.ts';

/** Credentials are files, named from the folder of the settings file; nothing here holds a password. */
const place = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Without a path behind it, unless a proxy has put one there.'),
  user: z.string().optional(),
  passwordFile: z.string().optional().describe('File that holds the password of `user`.'),
});

/** What an operator writes down of a platform, and `npm start` of its own. */
const written = z.strictObject({
  checkout: z.string().optional().describe('The repository that started it; `npm run verify` looks for its own.'),
  mode: z.enum(['native', 'docker']).default('docker'),
  scrapeSeconds: z.number().positive().default(15).describe('The interval every endpoint should be scraped at.'),
  prometheus: place,
  grafana: place.optional().describe('Grafana, or the preview of native mode.'),
  alertmanager: place.optional().describe('Default: where Prometheus sends alerts.'),
  collector: place
    .partial({ url: true })
    .optional()
    .describe('Who may read its endpoints; `url` names its host where Prometheus knows it by another name.'),
  suna: place.optional().describe('Takes the chats of the accuracy probe.'),
  thirdParties: z
    .array(
      z.strictObject({
        name: z.string(),
        url: z.url(),
        header: z.string(),
        valueFile: z.string(),
        prefix: z.string().default(''),
      }),
    )
    .default([])
    .describe('Services with a /metrics of their own behind the collector.'),
});

type Written = z.infer<typeof written>;
type WrittenPlace = z.infer<typeof place>;
/** What flags say; they come before the file. */
export type Flags = {
  readonly [K in 'prometheus' | 'grafana' | 'alertmanager' | 'collector' | 'suna']?: Partial<WrittenPlace>;
};

/** A /metrics of another service. */
interface ThirdParty {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Settings {
  readonly mode: 'native' | 'docker';
  /** Seconds. */
  readonly scrapeSeconds: number;
  readonly prometheus: HttpEndpoint;
  readonly grafana: HttpEndpoint | undefined;
  readonly alertmanager: HttpEndpoint | undefined;
  readonly collector: Partial<HttpEndpoint>;
  readonly suna: HttpEndpoint | undefined;
  readonly thirdParties: readonly ThirdParty[];
}

/** Reads the settings file, if any, and what flags say. Throws an error that names what is missing or wrong. */
export function readSettings(file: string | undefined, flags: Flags): Settings {
  const fromFile = file === undefined ? {} : readJson(file);
  const folder = file === undefined ? process.cwd() : dirname(resolve(file));
  const merged: Record<string, unknown> = { ...fromFile };
  for (const [name, flag] of Object.entries(flags)) {
    const known = merged[name] as Partial<WrittenPlace> | undefined;
    const named = flag.passwordFile === undefined ? flag : { ...flag, passwordFile: resolve(flag.passwordFile) };
    merged[name] = {
      ...known,
      ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
    };
  }
  if (merged.prometheus === undefined) throw new Error('Where is Prometheus? Give --prometheus or --settings.');
  const { data, error } = written.safeParse(merged);
  if (error) throw new Error(`${file ?? 'The flags'}: ${z.prettifyError(error)}`);
  const { mode, scrapeSeconds, prometheus, grafana, alertmanager, collector = {}, suna, thirdParties } = data;
  return {
    ...{ mode, scrapeSeconds },
    prometheus: withPassword(prometheus, folder),
    grafana: grafana && withPassword(grafana, folder),
    alertmanager: alertmanager && withPassword(alertmanager, folder),
    collector: withPassword(collector, folder),
    suna: suna && withPassword(suna, folder),
    thirdParties: thirdParties.map(thirdParty(folder)),
  };
}

function readJson(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is no settings file: ${(error as Error).message}`);
  }
}

function withPassword<P extends Partial<WrittenPlace>>({ passwordFile, url, user }: P, folder: string) {
  const password = passwordFile === undefined ? undefined : readSecret(resolve(folder, passwordFile));
  if ((user === undefined) !== (password === undefined))
    throw new Error(`${url}: a user and a password file go together.`);
  return { url: url?.replace(/\/$/, '') as P['url'], user, password };
}

function thirdParty(folder: string) {
  return ({ name, url, header, valueFile, prefix }: Written['thirdParties'][number]): ThirdParty => ({
    ...{ name, url },
    headers: { [header]: `${prefix}${readSecret(resolve(folder, valueFile))}` },
  });
}

/** Without the newline an editor adds. The message names the file and never what is in it. */
function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
