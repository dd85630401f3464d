// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { setLimits, sized } from '../../../otel/src/catalogue/budget.ts';
import { type CatalogueMetric, catalogue, type Label } from '../../../otel/src/catalogue/catalogue.ts';
import { LabelLimiter } from '../../../otel/src/limit/label-limiter.ts';
import { usersAs } from '../../../otel/src/limit/pseudonym.ts';

const users = usersAs('pseudonym', 'a key of the test');
const chat = catalogue.onyx_chat_duration_seconds;

describe('the label limiter', () => {
  it('keeps what the catalogue lists and drops every other label', () => {
    const limiter = new LabelLimiter(catalogue.onyx_active_agents, { users });
    expect(limiter.process({ agent_type: 'chat', status: 'running', email: 'a@b.c' })).toEqual({
      agent_type: 'chat',
      status: 'running',
    });
  });

  it('turns values outside a closed set into other, booleans into words', () => {
    // That is no sign of a full metric, which is what folds are counted for.
    const onFold = () => expect.fail('nothing was folded');
    const limiter = new LabelLimiter(catalogue.onyx_task_completion_total, { users, onFold });
    expect(limiter.process({ task_type: 'mine bitcoin', success: true, duration_category: 'under_1s' })).toEqual({
      task_type: 'other',
      success: 'true',
      duration_category: 'under_1s',
    });
  });

  it('shows users as pseudonyms, and after the two hundredth as other', () => {
    const limiter = new LabelLimiter(chat, { users });
    const shown = Array.from(
      { length: 300 },
      (_, index) => limiter.process({ model: 'm', user_id: `user ${index}`, success: true }).user_id,
    );
    expect(new Set(shown).size).toBe(201);
    expect(shown.filter((user) => user === 'other')).toHaveLength(100);
    expect(shown.join()).not.toContain('user ');
  });

  it('never lets a label set out of its bounds over the life of the process, and folds the user first', () => {
    let folds = 0;
    const limiter = new LabelLimiter(chat, { users, onFold: () => folds++ });
    const totals = new Map<string, { expected: number; shown: number }>();
    const sets = new Set<string>();
    for (let round = 0; round < 4_000; round++) {
      const model = `model-${round % 5}`;
      const success = round % 7 !== 0;
      const shown = limiter.process({ model, user_id: `user-${round % 199}`, success });
      sets.add(JSON.stringify(shown));
      for (const [key, field] of [
        [`${model} ${success}`, 'expected'],
        [`${shown.model} ${shown.success}`, 'shown'],
      ] as const) {
        const total = totals.get(key) ?? { expected: 0, shown: 0 };
        total[field]++;
        totals.set(key, total);
      }
    }
    expect(sets.size).toBeLessThanOrEqual(setLimits(chat).all);
    expect(folds).toBeGreaterThan(0);
    for (const { expected, shown } of totals.values()) expect(shown).toBe(expected);
  });

  it('gives up the kind of a failure before the model that failed, and never counts a success as a failure', () => {
    const limiter = new LabelLimiter(catalogue['gen_ai.client.operation.duration'], { users });
    const call = (model: string, error?: string) =>
      limiter.process({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'litellm',
        'gen_ai.request.model': model,
        ...(error && { 'error.type': error }),
      });
    const models = Array.from({ length: 25 }, (_, index) => `model-${index}`);
    for (let kind = 0; kind < 30; kind++) {
      for (const model of models) {
        expect(call(model)).toMatchObject({ 'gen_ai.request.model': model });
        expect(call(model)).not.toHaveProperty('error.type');
        const failed = call(model, `kind_${kind}`);
        expect([`kind_${kind}`, 'other']).toContain(failed['error.type']);
        expect(failed['gen_ai.request.model']).toBe(model);
      }
    }
    expect(call('one-too-many')['gen_ai.request.model']).toBe('other');
  });

  it('marks what a metric without users can no longer tell apart', () => {
    const metric: CatalogueMetric = { ...chat, labels: { model: { limit: 100 } }, maxLabelSets: 4 };
    const limiter = new LabelLimiter(metric, { users });
    const shown = ['a', 'b', 'c', 'd', 'e', 'a'].map((model) => limiter.process({ model }));
    expect(shown.slice(0, 3)).toEqual([{ model: 'a' }, { model: 'b' }, { model: 'c' }]);
    expect(shown.slice(3, 5)).toEqual(Array(2).fill({ 'otel.metric.overflow': true }));
    expect(shown[5]).toEqual({ model: 'a' });
  });

  it('shows as many users as it is told to, without taking the places of other labels', () => {
    const limiter = new LabelLimiter(chat, { users: usersAs('pseudonym', 'a key of the test', 50) });
    const shown = Array.from(
      { length: 100 },
      (_, index) => limiter.process({ model: 'm', user_id: `user ${index}`, success: true }).user_id,
    );
    expect(new Set(shown).size).toBe(51);
  });

  it('keeps total counts right however many routes a scanner makes up', () => {
    let folds = 0;
    const server = catalogue['http.server.request.duration'];
    const limiter = new LabelLimiter(server, { users, onFold: () => folds++ });
    const shown = Array.from({ length: 300 }, (_, index) =>
      limiter.process({
        'http.request.method': 'GET',
        'http.route': `/made/up/${index}`,
        'http.response.status_code': 200,
      }),
    );
    // `other`, and the routes that the label shows.
    expect(new Set(shown).size).toBe(server.labels['http.route'].limit + 1);
    expect(folds).toBe(300 - (new Set(shown).size - 1));
    expect(shown.every((labels) => labels['http.response.status_code'] === '200')).toBe(true);
  });

  it('shows as many times of everything as it is told to', () => {
    const limiter = new LabelLimiter(catalogue['gen_ai.client.operation.duration'], { users, detail: 2 });
    const shown = Array.from(
      { length: 100 },
      (_, index) => limiter.process({ 'gen_ai.request.model': `model-${index}` })['gen_ai.request.model'],
    );
    expect(new Set(shown).size).toBe(51);
    for (const metric of Object.values<CatalogueMetric>(catalogue)) {
      const [half, one] = [0.5, 1].map((factor) => setLimits(sized(metric, { factor })).all);
      const isOpen = Object.values<Label>(metric.labels).some((label) => 'limit' in label && label.limit > 1);
      if (isOpen) expect(half).toBe(Math.max(2, Math.round((one ?? 0) / 2)));
      else expect(half).toBe(one);
    }
  });

  it('returns the same object for the same labels, so that recording allocates no label sets', () => {
    const limiter = new LabelLimiter(chat, { users });
    const labels = { model: 'm', user_id: 'u', success: true };
    expect(limiter.process({ ...labels })).toBe(limiter.process({ ...labels }));
  });
});
