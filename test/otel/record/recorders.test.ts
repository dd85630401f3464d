// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { catalogue } from '../../../otel/src/catalogue/catalogue.ts';
import { MemoryProvider } from '../helpers/memory-provider.ts';

const provider = new MemoryProvider();
process.env.OTEL_SERVICE_NAME = 'onyx';
const { agents, chat, rag, task } = await import('../../../otel/src/record/recorders.ts');
afterAll(() => provider.shutdown());

describe('the recorders', () => {
  it('record a chat with its outcome and pass on what it returns or throws', async () => {
    await expect(chat.measure({ model: 'm1', userId: 'alice' }, async () => 'answer')).resolves.toBe('answer');
    const failure = new Error('model is away');
    await expect(chat.measure({ model: 'm1', userId: 'alice' }, () => Promise.reject(failure))).rejects.toBe(failure);
    const points = await provider.histogram('onyx_chat_duration_seconds');
    expect(points.map(({ attributes, value }) => [attributes.success, value.count])).toEqual([
      ['true', 1],
      ['false', 1],
    ]);
  });

  it('count a streamed chat once, however often its end is reported', async () => {
    const running = chat.start({ model: 'streamed', userId: 'alice' });
    running.end({ success: true });
    running.end({ success: false });
    const points = await provider.histogram('onyx_chat_duration_seconds');
    const streamed = points.filter(({ attributes }) => attributes.model === 'streamed');
    expect(streamed.map(({ attributes, value }) => [attributes.success, value.count])).toEqual([['true', 1]]);
  });

  it('record a chat that was timed elsewhere, where its time can be', async () => {
    chat.record(3, { model: 'timed', userId: 'alice', success: false });
    chat.record(-1, { model: 'timed', userId: 'alice', success: true });
    const points = await provider.histogram('onyx_chat_duration_seconds');
    const timed = points.filter(({ attributes }) => attributes.model === 'timed');
    expect(timed.map(({ attributes, value }) => [attributes.success, value.sum])).toEqual([['false', 3]]);
  });

  it("leave the chats of the canary out, which are no user's", async () => {
    chat.record(1, { model: 'asked', userId: 'canary', success: true });
    chat.start({ model: 'asked', userId: 'canary' }).end({ success: false });
    await chat.measure({ model: 'asked', userId: 'canary' }, async () => 'answer');
    chat.record(1, { model: 'asked', userId: 'canary-islands', success: true });
    const points = await provider.histogram('onyx_chat_duration_seconds');
    const asked = points.filter(({ attributes }) => attributes.model === 'asked');
    expect(asked.map(({ value }) => value.count)).toEqual([1]);
  });

  it('count retrievals by what they found and what was asked', async () => {
    rag.record(0.04, { vectorCount: 0, similarityThreshold: 0.8 });
    await rag.measure(
      {},
      async () => ['a', 'b', 'c'],
      (found) => found.length,
    );
    const running = rag.start({ similarityThreshold: 0.7 });
    running.end({ vectorCount: 60 });
    running.end({ vectorCount: 60 });
    rag.record(-1, { vectorCount: 3 });
    rag.record(Number.NaN, { vectorCount: 3 });
    const points = await provider.histogram('onyx_rag_retrieval_duration_seconds');
    expect(points.map(({ attributes, value }) => [attributes, value.count])).toEqual([
      [{ vector_count: '0', similarity_threshold: '0.8' }, 1],
      [{ vector_count: '1-5', similarity_threshold: 'none' }, 1],
      [{ vector_count: '51+', similarity_threshold: '0.7' }, 1],
    ]);
  });

  it('count tasks, each foreseen label set at 0 from the start of the service that records them', async () => {
    const all = (await provider.collect()).get('onyx_task_completion_total')?.dataPoints ?? [];
    expect(all).toHaveLength(4 * 2 * 4);
    expect(all.flatMap(({ attributes }) => Object.values(attributes))).not.toContain('other');
    task.record(12, { taskType: 'research', success: true });
    await expect(task.measure({ taskType: 'ingest' }, async () => 'done')).resolves.toBe('done');
    const failure = new Error('as intended');
    await expect(task.measure({ taskType: 'ingest' }, () => Promise.reject(failure))).rejects.toBe(failure);
    const running = task.start({ taskType: 'ingest' });
    for (const success of [true, false]) running.end({ success });
    expect(await provider.numbers('onyx_task_completion_total')).toMatchObject([
      { attributes: { task_type: 'ingest', success: 'true' }, value: 2 },
      { attributes: { task_type: 'ingest', success: 'false' }, value: 1 },
      { attributes: { task_type: 'research', success: 'true', duration_category: '10s_to_60s' }, value: 1 },
    ]);
  });

  it('count the agents that run now, wherever they move, and each end once', async () => {
    const first = agents.start({ agentType: 'research' });
    const second = agents.start({ agentType: 'research', status: 'starting' });
    second.status('waiting');
    expect(await provider.numbers('onyx_active_agents')).toMatchObject([
      { attributes: { agent_type: 'research', status: 'running' }, value: 1 },
      { attributes: { agent_type: 'research', status: 'waiting' }, value: 1 },
    ]);
    for (const agent of [first, second, second]) agent.end();
    second.status('running');
    expect(await provider.numbers('onyx_active_agents')).toEqual([]);
    const during = agents.measure({ agentType: 'research' }, async (agent) => {
      agent.status('waiting');
      return provider.numbers('onyx_active_agents');
    });
    await expect(during).resolves.toMatchObject([{ attributes: { status: 'waiting' }, value: 1 }]);
    const failure = new Error('as intended');
    await expect(agents.measure({ agentType: 'research' }, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await provider.numbers('onyx_active_agents')).toEqual([]);
  });
});

describe('whatever they are given, the recorders', () => {
  const trap = new Proxy({}, { get: () => expect.fail('as intended') });
  const throws = () => {
    throw new Error('as intended');
  };
  const oddities = [undefined, null, 7, 'text', Symbol('s'), Number.NaN, [], {}, throws, trap] as never[];

  it.each(oddities.map((oddity, index) => [index, typeof oddity, oddity] as const))(
    'do not throw (%i, %s)',
    async (_index, _type, odd) => {
      chat.record(odd, odd);
      chat.start(odd).end(odd);
      chat.start({ model: odd, userId: odd }).end(odd);
      rag.record(odd, odd);
      rag.start(odd).end(odd);
      task.record(odd, odd);
      task.record(odd, { taskType: odd, success: odd });
      task.start(odd).end(odd);
      const agent = agents.start(odd);
      agent.status(odd);
      agent.end();
      await expect(agents.measure(odd, async () => 'over')).resolves.toBe('over');
      await expect(chat.measure(odd, async () => 'answer')).resolves.toBe('answer');
      await expect(task.measure(odd, async () => 'done')).resolves.toBe('done');
      await expect(rag.measure(odd, async () => 'found', odd)).resolves.toBe('found');
      await expect(rag.measure({}, async () => 'found', throws)).resolves.toBe('found');
      if (odd !== throws) await expect(chat.measure({ model: 'm', userId: 'u' }, odd)).resolves.toBeUndefined();
    },
  );

  it('drop and count what cannot be', async () => {
    const droppedNow = async () => {
      const points = await provider.numbers('onyx_telemetry_dropped_total');
      return points.reduce((sum, { value }) => sum + value, 0);
    };
    const [before, retrievals] = [await droppedNow(), await countOf('onyx_rag_retrieval_duration_seconds')];
    for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY, 86_401, '1' as never]) {
      rag.record(seconds, { vectorCount: 3 });
    }
    chat.start(undefined as never).end({ success: true });
    expect(await droppedNow()).toBe(before + 6);
    expect(await countOf('onyx_rag_retrieval_duration_seconds')).toBe(retrievals);
  });

  it('measure by the monotonic clock, whatever happens to the time of day', async () => {
    const before = await sumOf('onyx_chat_duration_seconds');
    const wallClock = vi.spyOn(Date, 'now').mockReturnValue(0);
    const running = chat.start({ model: 'm1', userId: 'alice' });
    wallClock.mockReturnValue(1e12);
    running.end({ success: true });
    wallClock.mockRestore();
    expect((await sumOf('onyx_chat_duration_seconds')) - before).toBeLessThan(1);
  });
});

async function countOf(name: string): Promise<number> {
  return (await provider.histogram(name)).reduce((sum, { value }) => sum + value.count, 0);
}

async function sumOf(name: string): Promise<number> {
  return (await provider.histogram(name)).reduce((sum, { value }) => sum + (value.sum ?? 0), 0);
}

describe('the views', () => {
  it('are met by a plain instrument of the same name: boundaries, pseudonym, no foreign label, counted once', async () => {
    metrics
      .getMeter('somebody else')
      .createHistogram('onyx_chat_duration_seconds', { unit: 's' })
      .record(1.2, { model: 'plain', user_id: 'bob@example.com', success: true, email: 'bob@example.com' });
    const points = await provider.histogram('onyx_chat_duration_seconds');
    const plain = points.filter(({ attributes }) => attributes.model === 'plain');
    expect(plain).toMatchObject([
      {
        attributes: { model: 'plain', user_id: 'u_626f62406578', success: 'true' },
        value: { count: 1, sum: 1.2, buckets: { boundaries: [0.1, 0.5, 1, 1.5, 2, 5], counts: [0, 0, 0, 1, 0, 0, 0] } },
      },
    ]);
  });

  it.each(['onyx_chat_duration_seconds', 'onyx_rag_retrieval_duration_seconds'] as const)(
    'give %s the boundaries of the specification',
    async (name) => {
      const specified = {
        onyx_chat_duration_seconds: [0.1, 0.5, 1, 1.5, 2, 5],
        onyx_rag_retrieval_duration_seconds: [0.05, 0.1, 0.2, 0.5, 1],
      };
      for (const { value } of await provider.histogram(name)) expect(value.buckets.boundaries).toEqual(specified[name]);
      expect(catalogue[name].boundaries).toEqual(specified[name]);
    },
  );
});
