// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { required } from '../../requirement.ts';
import { preloaded } from '../helpers/preloaded.ts';

const taskset = required(['taskset'], 'install it (Debian and Ubuntu: apt-get install util-linux)');

const collector = await collectorOfFile();

describe.skipIf(taskset === undefined)('the last export', () => {
  test('of a process that gets hardly any of a core, as when all containers stop at once, arrives', async () => {
    // Its only other export would come after a minute.
    const { child, ended } = preloaded(
      [
        '--eval',
        `const { chat } = require('@onyx-metrics/otel');
         process.on('SIGTERM', () => { chat.start({ model: 'm', userId: 'a' }).end({ success: true }); process.exit(0); });
         setInterval(() => {}, 1000);
         process.send('ready');`,
      ],
      { OTEL_SERVICE_NAME: 'starved', OTEL_EXPORTER_OTLP_ENDPOINT: new URL(collector.otlp).origin },
    );
    await once(child, 'message');
    const pid = child.pid as number;
    await execa('taskset', ['--all-tasks', '--cpu-list', '--pid', '0', String(pid)]);
    const busy = Array.from({ length: 4 }, () =>
      execa('taskset', ['--cpu-list', '0', 'node', '-e', 'for (;;);'], { reject: false }),
    );
    onTestFinished(async () => {
      for (const loop of busy) loop.kill('SIGKILL');
      await Promise.all(busy);
    });
    setPriority(pid, 5);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    for (const loop of busy) loop.kill('SIGKILL');
    await expect
      .poll(async () => (await collector.scrape('apps')).body)
      .toMatch(/^onyx_chat_duration_seconds_count\{.*job="starved".*\} 1$/m);
  });
});
