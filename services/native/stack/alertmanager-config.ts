// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../environment.ts';

/** Where the configuration of Alertmanager is in a stack's folder. */
export function alertmanagerConfigIn(folder: string): string {
  return join(folder, 'alertmanager.yml');
}

/**
 * Writes it as `services/secrets.sh` does for Docker, with the ways to be told of `notifyDir`.
 *
 * @throws an error of one line that names the file which cannot be understood
 */
export async function layOutAlertmanager(folder: string, notifyDir = join(folder, 'notify')): Promise<void> {
  const script = join(root, 'collector-config/alertmanager/notify.sh');
  const { exitCode, stdout, stderr } = await execa('sh', [script, notifyDir], { reject: false });
  if (exitCode !== 0) throw new Error(stderr);
  // Addresses and passwords of those who are told are in it.
  await writeFile(alertmanagerConfigIn(folder), `${stdout}\n`, { mode: 0o600 });
}
