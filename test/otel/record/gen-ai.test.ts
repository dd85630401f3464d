// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryProvider } from '../helpers/memory-provider.ts';

const provider = new MemoryProvider();
const { genAi } = await import('../../../otel/src/record/gen-ai.ts');
afterAll(() => provider.shutdown());

const call = { provider: 'litellm', model: 'small' } as const;
const labels = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'litellm',
  'gen_ai.request.model': 'small',
};

async function counts(name: string): Promise<[object, number][]> {
  return (await provider.histogram(name)).map(({ attributes, value }) => [attributes, value.count]);
}

async function unknown(): Promise<Record<string, number>> {
  const points = await provider.numbers('onyx_gen_ai_unknown_total');
  return Object.fromEntries(points.map(({ attributes, value }) => [attributes.quantity, value]));
}

describe('the GenAI recorders', () => {
  it('follow the conventions for duration and tokens, and pass on the answer', async () => {
    const usage = { inputTokens: 12, outputTokens: 0, cost: 0.5 };
    const answer = await genAi.measure(
      call,
      async () => ({ text: 'hello', usage }),
      (result) => result.usage,
    );
    expect(answer.text).toBe('hello');
    expect(await counts('gen_ai.client.operation.duration')).toEqual([[labels, 1]]);
    expect(await counts('gen_ai.client.token.usage')).toEqual([
      [{ ...labels, 'gen_ai.token.type': 'input' }, 1],
      [{ ...labels, 'gen_ai.token.type': 'output' }, 1],
    ]);
    expect(await provider.numbers('onyx_gen_ai_cost_usd_total')).toMatchObject([{ value: 0.5 }]);
  });

  it('count tokens and cost that nobody told apart from zero', async () => {
    expect(await unknown()).toEqual({});
    genAi.start(call).end({ usage: { inputTokens: 5, outputTokens: null, cost: Number.NaN } });
    await genAi.measure(call, async () => 'no usage');
    expect(await unknown()).toEqual({ input_tokens: 1, output_tokens: 2, cost: 2 });
    const tokens = await provider.histogram('gen_ai.client.token.usage');
    expect(tokens.map(({ value }) => [value.count, value.sum])).toEqual([
      [2, 17],
      [1, 0],
    ]);
  });

  it('measure the first piece of a stream and its end once each', async () => {
    const running = genAi.start({ ...call, model: 'streamed' });
    for (let piece = 0; piece < 3; piece++) running.firstChunk();
    running.end({ usage: { inputTokens: 1, outputTokens: 1, cost: 0 } });
    running.end({ error: 'abandoned' });
    running.firstChunk();
    expect(await counts('gen_ai.client.operation.time_to_first_chunk')).toEqual([
      [{ ...labels, 'gen_ai.request.model': 'streamed' }, 1],
    ]);
    const durations = await counts('gen_ai.client.operation.duration');
    expect(durations.at(-1)).toEqual([{ ...labels, 'gen_ai.request.model': 'streamed' }, 1]);
  });

  it('name the kind of a failure, never its message, and count no usage for it', async () => {
    const before = await unknown();
    const failure = Object.assign(new Error('no answer for alice@example.com'), { code: 'ECONNRESET' });
    await expect(genAi.measure({ ...call, model: 'broken' }, () => Promise.reject(failure))).rejects.toBe(failure);
    const durations = await provider.histogram('gen_ai.client.operation.duration');
    expect(durations.map(({ attributes }) => attributes['error.type'])).toContain('ECONNRESET');
    expect(JSON.stringify(durations)).not.toContain('alice');
    expect(await unknown()).toEqual(before);
  });

  it('do not throw, whatever they are given', async () => {
    for (const odd of [undefined, null, 7, Symbol('s'), new Proxy({}, { get: () => expect.fail() })] as never[]) {
      const running = genAi.start(odd);
      running.firstChunk();
      running.end(odd);
      genAi.start(call).end({ usage: odd, error: odd });
      await expect(genAi.measure(call, async () => 'answer', odd)).resolves.toBe('answer');
      await expect(genAi.measure(odd, async () => 'answer')).resolves.toBe('answer');
    }
  });
});
