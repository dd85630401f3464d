// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFileSync } from 'node:fs';
import { catalogue } from '@onyx-metrics/otel/catalogue';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ChatCall, makePlan } from '../../services/load/plan.ts';
import { rerankSecondsPerCandidate } from '../../services/onyx/retrieval.ts';
import { taskSecondsPerItem } from '../../services/onyx/tasks.ts';

interface Deployment {
  model_name: string;
  litellm_params: { mock_delay: number };
}

const { model_list: deployments } = parse(
  readFileSync(new URL('../../services/litellm/config.yaml', import.meta.url), 'utf8'),
  { merge: true },
) as { model_list: Deployment[] };
const delays = new Map(deployments.map(({ model_name, litellm_params }) => [model_name, litellm_params.mock_delay]));

const plan = makePlan();
const calls = plan.users.flatMap(({ chats }) => chats);
/** Without a threshold as many vectors are found as were asked for. */
const certain = calls.filter(({ threshold }) => threshold === undefined);
const empty = calls.filter(({ threshold }) => threshold === 0.9);

/** What everything else may add on a busy machine before a chat slips into the next bucket. */
const slack = { chat: 0.05, retrieval: 0.015 };

function retrievalSeconds({ vectors }: ChatCall): number {
  return vectors * rerankSecondsPerCandidate;
}

function bucket(boundaries: readonly number[], seconds: number): number {
  const index = boundaries.findIndex((boundary) => seconds <= boundary);
  return index === -1 ? boundaries.length : index;
}

/** The buckets that hold at least one duration whatever happens within the slack. */
function buckets(boundaries: readonly number[], durations: readonly number[], slack: number): Set<number> {
  const hit = durations.filter((d) => bucket(boundaries, d) === bucket(boundaries, d + slack));
  return new Set(hit.map((d) => bucket(boundaries, d)));
}

describe('the planned load', () => {
  test('is 20 users with 100 chats between them, half of them streamed', () => {
    expect(plan.users).toHaveLength(20);
    expect(new Set(plan.users.map(({ user }) => user)).size).toBe(20);
    expect(calls).toHaveLength(100);
    expect(calls.filter(({ stream }) => stream)).toHaveLength(50);
  });

  test('is the same every time', () => {
    expect(makePlan()).toEqual(plan);
  });

  test('puts a chat into every bucket of its histogram', () => {
    const { boundaries } = catalogue.onyx_chat_duration_seconds;
    const durations = certain.flatMap((call) => {
      const delay = delays.get(call.model);
      return delay === undefined ? [] : [delay + retrievalSeconds(call)];
    });
    expect(buckets(boundaries, [...durations, ...empty.map(() => 0)], slack.chat).size).toBe(boundaries.length + 1);
  });

  test('puts a retrieval into every bucket of its histogram', () => {
    const { boundaries } = catalogue.onyx_rag_retrieval_duration_seconds;
    expect(buckets(boundaries, certain.map(retrievalSeconds), slack.retrieval).size).toBe(boundaries.length + 1);
  });

  test('asks only models the proxy has, but for the one that is gone', () => {
    const unknown = calls.filter(({ model }) => !delays.has(model)).map(({ model }) => model);
    expect(new Set(unknown)).toEqual(new Set(['mock-retired']));
  });

  test('shows every model by its name', () => {
    const models = new Set(calls.map(({ model }) => model));
    expect(models.size).toBeLessThanOrEqual(catalogue.onyx_chat_duration_seconds.labels.model.limit);
  });

  test('ends tasks of every type well and badly, in under a second, in seconds and in tens of seconds', () => {
    const types = catalogue.onyx_task_completion_total.labels.task_type.values.filter((type) => type !== 'other');
    for (const type of types) {
      const items = plan.tasks.filter(({ taskType }) => taskType === type).map((call) => call.items);
      expect(items).toContain(0);
      expect(items.some((count) => count > 0 && count * taskSecondsPerItem < 1)).toBe(true);
      expect(items.some((count) => count * taskSecondsPerItem > 1 && count * taskSecondsPerItem < 10)).toBe(true);
    }
    expect(plan.tasks.some(({ items }) => items * taskSecondsPerItem > 10)).toBe(true);
  });

  test('leaves agents of every type running', () => {
    const types = catalogue.onyx_active_agents.labels.agent_type.values.filter((type) => type !== 'other');
    expect(new Set(plan.agents.filter(({ held }) => held).map(({ agentType }) => agentType))).toEqual(new Set(types));
  });
});
