// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { catalogue, services } from '../../otel/src/catalogue/catalogue.ts';
import { configuration } from './helpers/collector.ts';

/** The labels a service may send, by the collector's configuration. */
async function allowed(name: string): Promise<string[]> {
  const text = await readFile(join(configuration, 'collector.yaml'), 'utf8');
  const { processors } = parse(text, { merge: true }) as {
    processors: Record<string, { allowed_keys: string[] }>;
  };
  // `service.name` is of the resource.
  return processors[`redaction/${name}`]?.allowed_keys.filter((key) => key !== 'service.name').sort() ?? [];
}

// The last one marks what a full metric could no longer tell apart.
const recorded = [
  ...new Set([...Object.values(catalogue).flatMap(({ labels }) => Object.keys(labels)), 'otel.metric.overflow']),
].sort();

test.each(services)(
  '%s may send exactly the labels of the catalogue: each may record any of its metrics',
  async (service) => {
    expect(await allowed(service)).toEqual(recorded);
  },
);

test('any other sender may use the labels of the catalogue too: a Python service emits the same metrics', async () => {
  expect(await allowed('apps')).toEqual(expect.arrayContaining(recorded));
});
