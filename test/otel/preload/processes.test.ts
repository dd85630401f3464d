// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { container, fixture, root } from '../helpers/preloaded.ts';

const execute = promisify(execFile);

const collector = await collectorOfFile();
const folder = mkdtempSync(join(root, '.cache', 'processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The chats recorded under a model, by instance. */
async function chats(model: string): Promise<Map<string, number>> {
  const { body } = await collector.scrape('suna');
  const line = new RegExp(`^onyx_chat_duration_seconds_count\\{.*instance="([^"]+)".*model="${model}".* (\\d+)$`, 'gm');
  return new Map([...body.matchAll(line)].map(([, instance = '', count]) => [instance, Number(count)]));
}

describe('of several processes with the preload', () => {
  it.each([
    ['a cluster', [fixture('cluster.cjs')], { primary: 1, worker: 2 }],
    ['a program and its child', [fixture('forks.cjs')], { parent: 1, child: 1 }],
    ['what tsx runs', [join(root, 'node_modules/.bin/tsx'), fixture('chat.ts')], { typescript: 1 }],
  ])('each of %s reports once, under an identity of its own', async (_what, args, expected) => {
    const { stderr } = await execute(process.execPath, args, { cwd: root, env: container(folder, collector.otlp) });
    expect(stderr).toBe('');
    const found = await Promise.all(Object.keys(expected).map(async (model) => [model, await chats(model)] as const));
    const instances = found.flatMap(([, counts]) => [...counts.keys()]);
    expect(Object.fromEntries(found.map(([model, counts]) => [model, counts.size]))).toEqual(expected);
    expect(found.flatMap(([, counts]) => [...counts.values()]).every((count) => count === 1)).toBe(true);
    expect(new Set(instances).size).toBe(instances.length);
  });

  it('each worker of vitest reports what its tests recorded', async () => {
    for (const name of ['one', 'two']) {
      writeFileSync(
        join(folder, `${name}.test.js`),
        `import { chat } from '@onyx-metrics/otel'; import { test } from 'vitest';
         test('records', () => chat.start({ model: 'vitest', userId: 'a' }).end({ success: true }));`,
      );
    }
    writeFileSync(join(folder, 'vitest.config.js'), 'export default {};');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    await execute(process.execPath, [vitest, 'run', '--root', folder, '--pool', 'forks'], {
      cwd: folder,
      env: container(folder, collector.otlp),
    });
    // Workers that follow one another have the same identity, as a restarted service has.
    const counts = [...(await chats('vitest')).values()];
    expect(counts.length).toBeGreaterThan(0);
    expect(counts.every((count) => count === 1)).toBe(true);
  });
});
