// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../environment.ts';
import { liveRuns } from '../processes/run-folder.ts';

interface Verifiable {
  /** The run folder. */
  readonly dir: string;
  readonly urls: Readonly<Record<'prometheus' | 'preview' | 'alertmanager' | 'suna' | 'qdrant' | 'litellm', string>>;
  readonly credentials: { readonly metrics: { readonly username: string } };
}

/** Where a stack's run folder says what verifies it: addresses, and the names of the files with its credentials. */
export function verificationFile(folder: string): string {
  return join(folder, 'verify.json');
}

/** Writes what `npm run verify` has to know of a stack; services/verify/settings-file.ts describes the file. */
export async function describeForVerification(
  { dir, urls, credentials }: Verifiable,
  scrapeSeconds: number,
): Promise<void> {
  const secret = (name: string) => join('secrets', name);
  const settings = {
    checkout: root,
    mode: 'native',
    scrapeSeconds,
    prometheus: { url: urls.prometheus },
    grafana: { url: urls.preview, user: 'admin', passwordFile: secret('grafana_admin_password') },
    alertmanager: { url: urls.alertmanager },
    collector: { user: credentials.metrics.username, passwordFile: secret('metrics_password') },
    suna: { url: urls.suna },
    thirdParties: [
      { name: 'qdrant', url: `${urls.qdrant}/metrics`, header: 'api-key', valueFile: secret('qdrant_api_key') },
      {
        ...{ name: 'litellm', url: `${urls.litellm}/metrics/` },
        ...{ header: 'authorization', prefix: 'Bearer ', valueFile: secret('litellm_master_key') },
      },
    ],
  };
  await writeFile(verificationFile(dir), JSON.stringify(settings, null, 2), { mode: 0o600 });
}

/** The settings files of stacks that run and were started from this checkout, the newest first. */
export async function findRunning(cacheDir: string): Promise<string[]> {
  const found: { file: string; since: number }[] = [];
  for (const folder of await liveRuns(cacheDir)) {
    const file = verificationFile(folder);
    if (!existsSync(file) || JSON.parse(await readFile(file, 'utf8')).checkout !== root) continue;
    found.push({ file, since: (await stat(file)).mtimeMs });
  }
  return found.sort((a, b) => b.since - a.since).map(({ file }) => file);
}

/** Runs the verifier, which writes where this process writes, and returns its exit code: 0 passed, 1 failed, 2 could not run. */
export async function runVerifier(args: readonly string[], signal?: AbortSignal): Promise<number> {
  const { exitCode } = await execa(process.execPath, ['--import', 'tsx', 'services/verify/cli.ts', ...args], {
    ...{ cwd: root, stdio: 'inherit', reject: false },
    ...(signal && { cancelSignal: signal }),
  });
  return exitCode ?? 2;
}
