// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { health, healthSeries } from '../../services/metrics-api/health.ts';
import type { Sample } from '../../services/metrics-api/recorded-series.ts';
import { summary, summarySeries } from '../../services/metrics-api/summary.ts';
import { readSettings, root } from '../../services/native/environment.ts';
import { documents } from '../../services/onyx/documents.ts';
import { embed } from '../../services/onyx/embedding.ts';

/*
 * What Onyx says in two languages, compared. These parts of the Python one import nothing that has to be installed.
 */

const texts = ['How is a database restored?', 'RESTORE the backup!', 'Überträge für Müller, 3 Stück', '?!'];
const services = ['suna', 'onyx', 'qdrant', 'supabase', 'redis'];
const samples: Record<string, readonly Sample[]> = {
  none: [],
  'one that is down, one of which nobody knows': [
    ...services.flatMap((service, index): Sample[] => [
      { name: 'onyx:service_up', labels: { service }, value: index === 1 ? 0 : 1 },
      { name: 'onyx:service_freshness_seconds', labels: { service }, value: 3 + index },
    ]),
    { name: 'onyx:chats:rate1m', labels: { service: 'suna' }, value: 1.5 },
    { name: 'onyx:chats:rate1m', labels: { service: 'onyx' }, value: 0.25 },
    { name: 'onyx:chat_failures:ratio5m', labels: {}, value: 0.01 },
    ...['suna', 'onyx'].map((service) => ({ name: 'onyx:http_requests:rate5m', labels: { service }, value: 2 })),
    { name: 'onyx:latency_seconds:mean10m', labels: { service: 'onyx' }, value: Number.NaN },
  ],
};

let python: {
  readonly documents: unknown;
  readonly vectors: readonly (readonly number[])[];
  readonly series: readonly string[];
  readonly answers: Readonly<Record<string, { readonly health: unknown; readonly summary: unknown }>>;
};
beforeAll(async () => {
  const script = `
import json, sys
from pathlib import Path
from onyx import documents, embedding, metrics_api
asked = json.load(sys.stdin)
answers = {}
for name, given in asked["samples"].items():
    samples = [metrics_api.Sample(each["name"], each["labels"], float("nan") if each["value"] is None else each["value"]) for each in given]
    answers[name] = {"health": metrics_api.health(samples), "summary": metrics_api.summary(samples)}
json.dump({
    "documents": [each._asdict() for each in documents.read_documents(Path(asked["words"]))],
    "vectors": [embedding.embed(text) for text in asked["texts"]],
    "series": metrics_api.SERIES,
    "answers": answers,
}, sys.stdout)`;
  const { stdout } = await execa(readSettings().python, ['-c', script], {
    cwd: join(root, 'services/onyx-python'),
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    input: JSON.stringify({ texts, samples, words: join(root, 'services/onyx/document-words.json') }),
  });
  python = JSON.parse(stdout);
});

test('knows the same documents', () => {
  expect(python.documents).toEqual(documents);
});

test.each(texts)('makes the same vector of %s', (text) => {
  const vector = python.vectors[texts.indexOf(text)] ?? [];
  expect(vector.map((value) => value.toFixed(12))).toEqual(embed(text).map((value) => value.toFixed(12)));
});

test('reads the same recorded series', () => {
  expect(python.series).toEqual([...healthSeries, ...summarySeries]);
});

test.each(Object.keys(samples))('says the same of %s samples', (name) => {
  const given = samples[name] ?? [];
  const asJson = { health: health(given), summary: summary(given) };
  expect(python.answers[name]).toEqual(JSON.parse(JSON.stringify(asJson)));
});
