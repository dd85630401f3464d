// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryProvider } from '../helpers/memory-provider.ts';

const provider = new MemoryProvider();
const { agentRuns, toolCalls } = await import('../../../otel/src/record/agent-runs.ts');
afterAll(() => provider.shutdown());

async function counts(name: string): Promise<[object, number][]> {
  return (await provider.histogram(name)).map(({ attributes, value }) => [attributes, value.count]);
}

const agent = 'researcher';
const run = { 'gen_ai.agent.name': agent };

describe('the recorders of agents and tools', () => {
  it('follow the conventions, and pass on what is returned or thrown', async () => {
    const failure = Object.assign(new Error('no flight for alice@example.com'), { status: 503 });
    await expect(agentRuns.measure({ agent }, () => 'an answer')).resolves.toBe('an answer');
    await expect(toolCalls.measure({ tool: 'flights', agent }, () => Promise.reject(failure))).rejects.toBe(failure);
    await toolCalls.measure({ tool: 'clock' }, async () => undefined);
    expect(await counts('gen_ai.invoke_agent.duration')).toEqual([[run, 1]]);
    const calls = await provider.histogram('gen_ai.execute_tool.duration');
    expect(calls.map(({ attributes }) => attributes)).toEqual([
      { 'gen_ai.tool.name': 'flights', ...run, 'error.type': '503' },
      { 'gen_ai.tool.name': 'clock' },
    ]);
    expect(JSON.stringify(calls)).not.toContain('alice');
  });

  it('record a run whose end is elsewhere once, and one that was timed elsewhere with its seconds', async () => {
    const running = agentRuns.start({ agent: 'writer' });
    running.end({ error: new DOMException('gone', 'AbortError') });
    running.end();
    agentRuns.record(90, { agent: 'writer' });
    agentRuns.record(Number.NaN, { agent: 'writer' });
    const runs = await provider.histogram('gen_ai.invoke_agent.duration');
    const ofWriter = runs.filter(({ attributes }) => attributes['gen_ai.agent.name'] === 'writer');
    expect(ofWriter.map(({ attributes, value }) => [attributes['error.type'], value.count])).toEqual([
      ['AbortError', 1],
      [undefined, 1],
    ]);
    expect(ofWriter[1]?.value.sum).toBe(90);
  });

  it('do not throw, whatever they are given', async () => {
    for (const odd of [undefined, null, 7, Symbol('s'), new Proxy({}, { get: () => expect.fail() })] as never[]) {
      for (const recorder of [agentRuns, toolCalls]) {
        recorder.record(odd, odd);
        recorder.start(odd).end(odd);
        await expect(recorder.measure(odd, () => 'done')).resolves.toBe('done');
      }
    }
  });
});
