// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { endpointLines, instances, lineBudget, linesOf, setLimits } from '../../otel/src/budget.ts';
import { type CatalogueMetric, catalogue, type Label, services } from '../../otel/src/catalogue.ts';
import { LabelLimiter } from '../../otel/src/label-limiter.ts';
import { usersAs } from '../../otel/src/pseudonym.ts';

const metrics = Object.entries<CatalogueMetric>(catalogue);

describe('the line budget', () => {
  it.each(services)('holds for the endpoint of %s with two instances, every limit reached', (service) => {
    expect(instances).toBe(2);
    expect(endpointLines(service)).toBeLessThanOrEqual(lineBudget);
    expect(endpointLines(service)).toBeGreaterThan(0.7 * lineBudget);
  });

  it('counts users x models x outcomes x lines, up to the cap', () => {
    const chat: CatalogueMetric = {
      ...catalogue.onyx_chat_duration_seconds,
      labels: { model: { limit: 1 }, user_id: { limit: 2 }, success: { values: ['true', 'other'] } },
    };
    expect(linesOf(chat)).toBe(3 * 2 * 2 * 9);
    expect(linesOf(catalogue.onyx_chat_duration_seconds)).toBe(35 * 9);
  });

  it.each(
    metrics.filter(
      ([, { labels }]) =>
        Object.values<Label>(labels).length === 1 && 'values' in (Object.values<Label>(labels)[0] ?? {}),
    ),
  )('leaves room for every value of %s, whose only label is closed', (_name, metric) => {
    const onFold = () => expect.fail('there is room');
    const limiter = new LabelLimiter(metric, { users: usersAs('pseudonym', 'a key of the test'), onFold });
    for (const [label, allowed] of Object.entries<Label>(metric.labels)) {
      const values = 'values' in allowed ? allowed.values : [];
      const shown = [...values, 'not listed'].map((value) => limiter.process({ [label]: value })[label]);
      expect(shown).toEqual([...values, 'other']);
    }
  });

  it.each(metrics)('is never exceeded by %s, whatever is recorded', (_name, metric) => {
    const limiter = new LabelLimiter(metric, { users: usersAs('pseudonym', 'a key of the test') });
    const sets = new Set<object>();
    for (let round = 0; round < 3_000; round++) {
      const labels = Object.entries(metric.labels).map(([label, allowed], place) => {
        const values = 'values' in allowed ? allowed.values : [];
        return [label, [...values, 'odd', 'a', 'b', 'c'].at((round * (place + 3) + (round >> place)) % 17)];
      });
      sets.add(limiter.process(Object.fromEntries(labels)));
    }
    expect(sets.size).toBeLessThanOrEqual(setLimits(metric).all);
  });
});
