// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';
import { address, readEnvironment, url } from '../http/environment.ts';

const environment = z.object({ ...address, ONYX_URL: url });

/** Throws an error that names every variable that is missing or wrong. */
export function readSettings() {
  const { HOST, PORT, ONYX_URL } = readEnvironment(environment);
  return { address: { host: HOST, port: PORT }, onyxUrl: ONYX_URL };
}
