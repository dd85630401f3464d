// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { setLimits } from '../../../otel/src/catalogue/budget.ts';
import { type CatalogueMetric, catalogue, type Label, type MetricName } from '../../../otel/src/catalogue/catalogue.ts';
import { LabelLimiter } from '../../../otel/src/limit/label-limiter.ts';
import { usersAs } from '../../../otel/src/limit/pseudonym.ts';

/* What each metric still tells when more was recorded than it has room for, in whatever order it came. */

type Labels = Readonly<Record<string, string>>;
interface Question {
  /** What an operator asks. */
  readonly question: string;
  readonly metric: MetricName;
  /** The labels that answer it, or a shorter answer with the same meaning. */
  readonly answer: (labels: Labels) => string;
}

const model = 'gen_ai.request.model';
const failed = (labels: Labels) => (labels['error.type'] === undefined ? 'well' : 'failed');
const statusClass = (labels: Labels) => labels['http.response.status_code']?.[0] ?? '';

const questions: readonly Question[] = [
  {
    question: 'which model lets chats fail',
    metric: 'onyx_chat_duration_seconds',
    answer: ({ model = '', success = '' }) => `${model} ${success}`,
  },
  {
    question: 'which model fails',
    metric: 'gen_ai.client.operation.duration',
    answer: (labels) => `${labels[model]} ${failed(labels)}`,
  },
  {
    question: 'which model is slow to begin',
    metric: 'gen_ai.client.operation.time_to_first_chunk',
    answer: (labels) => labels[model] ?? '',
  },
  {
    question: 'which model takes in and gives out how much',
    metric: 'gen_ai.client.token.usage',
    answer: (labels) => `${labels[model]} ${labels['gen_ai.token.type']}`,
  },
  {
    question: 'which agent fails',
    metric: 'gen_ai.invoke_agent.duration',
    answer: (labels) => `${labels['gen_ai.agent.name']} ${failed(labels)}`,
  },
  {
    question: 'which tool fails',
    metric: 'gen_ai.execute_tool.duration',
    answer: (labels) => `${labels['gen_ai.tool.name']} ${failed(labels)}`,
  },
  {
    question: 'how many requests of the service fail',
    metric: 'http.server.request.duration',
    answer: statusClass,
  },
];

/** Values that a label shows, and one it does not have where it may be missing. */
function valuesOf(name: string, label: Label): (string | undefined)[] {
  const values =
    'values' in label
      ? label.values
      : Array.from({ length: label.limit }, (_, index) =>
          name === 'http.response.status_code' ? [200, 301, 404, 500][index % 4] : `${name}-${index}`,
        ).map(String);
  return [...(label.optional ? [undefined] : []), ...new Set(values)];
}

/** Thousands of label sets of a metric, in an order that has nothing to do with their values. */
function recorded({ labels }: CatalogueMetric): Labels[] {
  const columns = Object.entries<Label>(labels).map(([name, label]) => [name, valuesOf(name, label)] as const);
  let state = 1;
  const random = (below: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: 20_000 }, () =>
    Object.fromEntries(
      columns.flatMap(([name, values]) => {
        const value = values[random(values.length)];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  );
}

it.each(questions)('$metric tells $question when it is full', ({ metric, answer }) => {
  let folds = 0;
  const limiter = new LabelLimiter(catalogue[metric], {
    users: usersAs('pseudonym', 'a key of the test'),
    onFold: () => folds++,
  });
  const expected = new Map<string, number>();
  const told = new Map<string, number>();
  const sets = new Set<object>();
  for (const labels of recorded(catalogue[metric])) {
    const shown = limiter.process(labels);
    sets.add(shown);
    for (const [counts, of] of [
      [expected, labels],
      [told, shown as Labels],
    ] as const)
      counts.set(answer(of), (counts.get(answer(of)) ?? 0) + 1);
  }
  expect(folds).toBeGreaterThan(1_000);
  expect(sets.size).toBeGreaterThan(0.9 * setLimits(catalogue[metric]).all);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
});

it('a route that fails is named when the metric is full of what a hundred routes answered well', () => {
  const limiter = new LabelLimiter(catalogue['http.server.request.duration'], {
    users: usersAs('pseudonym', 'a key of the test'),
  });
  const request = (index: number, method: string, status: number) =>
    limiter.process({
      'http.request.method': method,
      'http.route': `/pages/${index}`,
      'http.response.status_code': status,
      ...(status >= 500 && { 'error.type': String(status) }),
    });
  for (const method of ['GET', 'POST', 'PUT']) for (let index = 0; index < 100; index++) request(index, method, 200);
  for (const index of [7, 42, 99]) {
    const shown = request(index, 'GET', 503);
    expect(shown['http.route']).toBe(`/pages/${index}`);
    expect(shown['http.response.status_code']).toMatch(/^5/);
  }
});

it.each(
  Object.entries<CatalogueMetric>(catalogue).filter(
    ([name, { labels }]) =>
      Object.keys(labels).length > 0 &&
      !questions.some(({ metric }) => metric === name) &&
      Object.values<Label>(labels).every((label) => 'values' in label),
  ),
)('%s is never full, so it tells everything', (_name, metric) => {
  const onFold = () => expect.fail('there is room');
  const limiter = new LabelLimiter(metric, { users: usersAs('pseudonym', 'a key of the test'), onFold });
  for (const labels of recorded(metric)) expect(limiter.process(labels)).toEqual(labels);
});
