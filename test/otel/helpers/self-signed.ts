// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installed } from './installed.ts';

/** A private key and the certificate of its own that signs it, both PEM. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/** Of this machine, by its name and by its address. */
export async function selfSigned(): Promise<SelfSigned> {
  const load = createRequire(join(await installed('selfsigned@2.4.1'), 'package.json'));
  const { private: key, cert } = load('selfsigned').generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    days: 1,
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key, cert };
}
