// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { catalogue, endpoints } from '@onyx-metrics/otel/catalogue';
import type { Because, Signal } from './signals/signal.ts';

/** Grafana's own palette names, each with one meaning on every board; nothing else names a colour. */
export const colours = {
  good: 'green',
  warning: 'orange',
  critical: 'red',
  /** Unknown, or neither good nor bad. */
  unknown: 'text',
} as const;

/** For lines that are to be told apart, none of them good or bad: neighbours differ in hue, not in shade. */
const neutral = ['blue', 'yellow', 'purple', 'light-blue', 'dark-yellow', 'dark-purple'];
/** For few to many. */
const ascending = ['super-light-blue', 'light-blue', 'blue', 'semi-dark-blue', 'dark-blue', 'purple', 'dark-purple'];

/** Lines that mean the same wherever they are drawn. */
const lines: Readonly<Record<string, string>> = {
  p50: 'yellow',
  p95: 'blue',
  p99: 'purple',
  yesterday: colours.unknown,
  well: colours.good,
  failed: colours.critical,
  refused: colours.warning,
  evicted: colours.critical,
  deadlocks: colours.critical,
  limit: colours.critical,
};

const { task_type } = catalogue.onyx_task_completion_total.labels;
const { status } = catalogue.onyx_active_agents.labels;
const { stage } = catalogue.onyx_rag_stage_duration_seconds.labels;
const { result } = catalogue.onyx_canary_questions_total.labels;
const { vector_count, similarity_threshold } = catalogue.onyx_rag_retrieval_duration_seconds.labels;
const { quantity } = catalogue.onyx_gen_ai_unknown_total.labels;
const services = inOrder(endpoints, [...neutral, 'super-light-purple', 'super-light-yellow']);
/** Processes and routes begin with their service, and have shades of its colour. */
const ofService = Object.fromEntries(Object.entries(services).map(([name, colour]) => [`/^${name}\\b/`, colour]));
/** A call has the colour of what is called, where that is one of the services. */
const ofTarget = Object.fromEntries(Object.entries(services).map(([name, colour]) => [`/→ ${name}\\b/`, colour]));

/**
 * Of models only their owners know the names, but most names say of what kind they are; models of a kind have shades of its colour,
 * all others those of `kinds`. Where a name says two things the later one counts.
 */
const models = {
  '/chat|gpt|sonnet|medium|instruct/': 'blue',
  '/fast|flash|haiku|(?<!ge)mini|nano|lite|small/': 'super-light-yellow',
  '/large|opus|pro|ultra|max/': 'dark-purple',
  '/reason|think|^o\\d|r1/': 'super-light-purple',
  '/search/': 'semi-dark-yellow',
  '/canary/': 'dark-yellow',
  '/retired|legacy|deprecated/': 'dark-blue',
  '/^(other|overflow|\\(none\\))$/': colours.unknown,
} as const;

/** Lines named by a label whose values are known, by legend; a name between slashes is a regular expression. */
const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '{{service}}': services,
  '{{instance}}': ofService,
  '{{service}} {{http_route}}': ofService,
  '{{service}} → {{server_address}}:{{server_port}}': { ...ofService, ...ofTarget },
  '{{model}}': models,
  '{{requested_model}}': models,
  '{{gen_ai_request_model}}': models,
  '{{stage}}': { ...inOrder(stage.values, neutral), rest: colours.unknown },
  '{{result}}': {
    right: colours.good,
    wrong_document: colours.critical,
    wrong_answer: colours.warning,
    failed: 'purple',
    timeout: 'blue',
  } satisfies Record<(typeof result.values)[number], string>,
  '{{vector_count}}': inOrder(vector_count.values, ascending),
  '{{similarity_threshold}}': inOrder(similarity_threshold.values, ascending),
  '{{task_type}}': inOrder(task_type.values, neutral),
  '{{status}}': inOrder(status.values, neutral),
  '{{quantity}}': inOrder(quantity.values, neutral),
  '{{call}} {{status}}': {
    '/^count /': 'light-blue',
    '/^points /': 'purple',
    '/ [45]\\d+$/': colours.critical,
  },
  '{{http_response_status_code}}': {
    '/^[123]/': colours.good,
    '/^4/': colours.warning,
    '/^5/': colours.critical,
  },
};

function inOrder(names: readonly string[], palette: readonly string[]): Readonly<Record<string, string>> {
  const colour = (name: string, index: number) => (name === 'other' ? colours.unknown : palette[index]);
  return Object.fromEntries(names.map((name, index) => [name, colour(name, index) ?? colours.unknown]));
}

/** Other names only the data know get shades of one colour, which says what kind of thing they name. */
const kinds: Readonly<Record<string, string>> = {
  error_type: colours.critical,
  ...{ model: 'super-light-blue', requested_model: 'super-light-blue', gen_ai_request_model: 'super-light-blue' },
};

export function hueOf({ queries: [{ legend }] }: Signal): string {
  const label = /\{\{(\w+)\}\}/.exec(legend)?.[1] ?? '';
  return kinds[label] ?? 'blue';
}

/** Colours of a signal's lines by their names, as far as those are known beforehand. */
export function coloursOf({ queries }: Signal): Readonly<Record<string, string>> {
  const free = neutral.values();
  const fixed = queries.filter(({ legend }) => !legend.includes('{{'));
  return Object.assign(
    Object.fromEntries(fixed.map(({ legend }) => [legend, lines[legend] ?? free.next().value ?? colours.unknown])),
    ...queries.map(({ legend }) => values[legend] ?? {}),
  );
}

/** What a tile says when its signal has no value, by the reason. */
export const missing: Readonly<Record<Because, string>> = {
  traffic: 'No traffic',
  history: 'Too early',
  component: 'Not here',
  failure: 'None',
  pull: 'Not scraped',
  store: 'Not here',
  fault: 'Unknown',
};

/** Digits behind the point in tables, by unit: columns are compared, so their values look alike. Times choose their unit themselves. */
export const decimals: Readonly<Record<string, number>> = {
  reqps: 2,
  percentunit: 1,
  currencyUSD: 2,
  'suffix:tok/s': 0,
};

/** An axis never ends below this, by unit, or a line of zeros would get a scale made of nothing. */
export const smallestAxis: Readonly<Record<string, number>> = {
  ...{ reqps: 0.1, ops: 0.1, cps: 1, short: 1, s: 0.01, bytes: 1024, Bps: 1024, binBps: 1024, currencyUSD: 0.01 },
};
