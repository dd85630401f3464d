// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryProvider } from '../helpers/memory-provider.ts';

const provider = new MemoryProvider();
const { ragStages } = await import('../../../otel/src/record/rag-stages.ts');
afterAll(() => provider.shutdown());

async function value(name: string): Promise<number> {
  return (await provider.numbers(name))[0]?.value ?? 0;
}

describe('the recorders of RAG stages', () => {
  it('time each stage, well or not, and pass on what it returns or throws', async () => {
    const failure = new Error('no vectors');
    await expect(ragStages.measure({ stage: 'embed' }, () => [1, 2])).resolves.toEqual([1, 2]);
    await expect(ragStages.measure({ stage: 'retrieve' }, () => Promise.reject(failure))).rejects.toBe(failure);
    const running = ragStages.start({ stage: 'generate' });
    running.end();
    running.end();
    ragStages.record(2, { stage: 'rerank' });
    ragStages.record(Number.NaN, { stage: 'rerank' });
    const points = await provider.histogram('onyx_rag_stage_duration_seconds');
    expect(points.map(({ attributes, value }) => [attributes.stage, value.count])).toEqual([
      ['embed', 1],
      ['retrieve', 1],
      ['generate', 1],
      ['rerank', 1],
    ]);
  });

  it('count results, empty retrievals, and how similar the best was', async () => {
    ragStages.found([0.4, 0.9, 0.7]);
    ragStages.found([]);
    ragStages.found([-0.2]);
    expect(await value('onyx_rag_results_total')).toBe(4);
    expect(await value('onyx_rag_empty_results_total')).toBe(1);
    const [best] = await provider.histogram('onyx_rag_best_similarity');
    expect([best?.value.count, best?.value.sum]).toEqual([2, 0.9]);
  });

  it('do not throw, whatever they are given', async () => {
    for (const odd of [undefined, null, 7, Symbol('s'), [Symbol('s')]] as never[]) {
      ragStages.found(odd);
      ragStages.record(odd, odd);
      ragStages.start(odd).end();
      await expect(ragStages.measure(odd, () => 'done')).resolves.toBe('done');
      await expect(ragStages.measure({ stage: 'embed' }, odd)).resolves.toBeUndefined();
    }
  });
});
