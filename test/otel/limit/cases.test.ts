// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CatalogueMetric, catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { LabelLimiter } from '../../../otel/src/limit/label-limiter.ts';
import { isHarmless, personalKind } from '../../../otel/src/limit/personal-data.ts';
import { isPersonalLabel } from '../../../otel/src/limit/personal-labels.ts';
import { usersAs } from '../../../otel/src/limit/pseudonym.ts';
import { shownVersion } from '../../../otel/src/limit/version.ts';
import { durationCategory, similarityThreshold, vectorCount } from '../../../otel/src/record/label-values.ts';

/*
 * What becomes of labels, in any language: cases.json is run here and by otel/python/tests/test_cases.py. JSON has no NaN and no infinity,
 * so `{ "special": … }` stands for them.
 */

type Mode = 'pseudonym' | 'cohort';
interface Cases {
  readonly numbers: Readonly<Record<keyof typeof rules, readonly (readonly [input: unknown, shown: string])[]>>;
  readonly pseudonyms: readonly {
    readonly key: string;
    readonly mode: Mode;
    readonly max: number | null;
    readonly shown: readonly (readonly [raw: string, shown: string])[];
  }[];
  readonly values: readonly (readonly [value: string, kind: string | null, harmless: boolean])[];
  readonly versions: readonly (readonly [version: string, shown: string | null])[];
  readonly labels: readonly (readonly [name: string, personal: boolean])[];
  readonly sequences: readonly {
    readonly sentence: string;
    readonly metric: keyof typeof catalogue;
    readonly users?: number;
    readonly detail?: number;
    readonly mode?: Mode;
    readonly key: string;
    readonly measurements: readonly (readonly [Parameters<LabelLimiter['process']>[0], shown: object])[];
    readonly folds: number;
  }[];
}

const rules = {
  vector_count: vectorCount,
  similarity_threshold: similarityThreshold,
  duration_category: durationCategory,
};
const cases = JSON.parse(await readFile(join(import.meta.dirname, 'cases.json'), 'utf8')) as Cases;
const given = (input: unknown): unknown =>
  typeof input === 'object' && input !== null ? Number((input as { readonly special: string }).special) : input;

describe('the cases that Node and Python share', () => {
  it.each(Object.entries(cases.numbers))('numbers become the classes of %s', (rule, numbers) => {
    const show = rules[rule as keyof typeof rules];
    expect(numbers.map(([input]) => [input, show(given(input))])).toEqual(numbers);
  });

  it.each(cases.pseudonyms)('the same key and user have the same $mode', ({ key, mode, max, shown }) => {
    const { show } = usersAs(mode, key, max ?? undefined);
    expect(shown.map(([raw]) => [raw, show(raw)])).toEqual(shown);
  });

  it('values are personal or harmless', () => {
    const { values } = cases;
    expect(values.map(([value]) => [value, personalKind(value) ?? null, isHarmless(value)])).toEqual(values);
  });

  it('versions are shown, a commit by its first digits, and nothing personal', () => {
    expect(cases.versions.map(([version]) => [version, shownVersion(version) ?? null])).toEqual(cases.versions);
  });

  it('names of labels are personal or not', () => {
    expect(cases.labels.map(([name]) => [name, isPersonalLabel(name)])).toEqual(cases.labels);
  });

  it.each(cases.sequences)(
    'the limiter $sentence',
    ({ metric, key, users, detail = 1, mode = 'pseudonym', measurements, folds }) => {
      let folded = 0;
      const declared: CatalogueMetric = catalogue[metric];
      const limiter = new LabelLimiter(declared, { users: usersAs(mode, key, users), detail, onFold: () => folded++ });
      expect(measurements.map(([labels]) => [labels, limiter.process(labels)])).toEqual(measurements);
      expect(folded).toBe(folds);
    },
  );
});
