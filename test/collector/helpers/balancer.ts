// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configuration } from './collector.ts';

/** An nginx on the loopback address, all whose files are in one folder. */
interface Balancer {
  /** Where its configuration, its pid and what does not fit into memory go. */
  readonly folder: string;
  readonly port: number;
}

/** Lays out the committed nginx.conf before gateways at `host:port`, two of them. Returns the arguments of nginx. */
export async function layOutBalancer({ folder, port }: Balancer, gateways: readonly string[]): Promise<string[]> {
  const committed = await readFile(join(configuration, 'nginx.conf'), 'utf8');
  const here = gateways.reduce(
    (text, address, index) => text.replace(`onyx-metrics-gateway-${index + 1}:4318`, address),
    committed.replace('listen 4318', `listen 127.0.0.1:${port}`),
  );
  return layOutNginx(folder, here);
}

/** Writes a configuration so that nginx needs nothing outside of the folder. Returns its arguments. */
export async function layOutNginx(folder: string, text: string): Promise<string[]> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  const file = join(folder, 'nginx.conf');
  // Its workers would be another user when root starts it, one that may not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root root;\n' : '';
  await writeFile(file, `${user}pid ${folder}/pid;\n${text.replace('http {', `http {\n${temporary.join('\n')}`)}`);
  return ['-p', folder, '-e', 'stderr', '-c', file, '-g', 'daemon off;'];
}
