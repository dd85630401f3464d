// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placePythonPreload } from '../../services/native/programs/python-preload.ts';
import type { Overlaid } from './helpers/overlaid.ts';
import { Reference } from './helpers/reference.ts';
import { dockerAllowed } from './helpers/requirement.ts';

/** The reference platform with its Onyx in Python, by the command that its Compose file names. */

describe.skipIf(!(await dockerAllowed()))('the overlay on the reference platform with Onyx in Python', () => {
  let reference: Reference;
  let platform: Overlaid;

  beforeAll(async () => {
    await placePythonPreload();
    reference = await Reference.start('python');
    platform = reference.seen;
  });
  afterAll(() => reference?.stop());

  test('six services are up, and Onyx is the one in Python', async () => {
    await platform.areUp();
    const running = (await reference.compose('ps', '--format', '{{.Service}}')).split('\n');
    expect(running).toContain('onyx-python');
    expect(running).not.toContain('onyx');
  });

  test('20 users and 100 messages arrive exactly, in metrics and in the database', async () => {
    const { arrived, totals } = await reference.load();
    expect(arrived.filter(({ complete }) => !complete)).toEqual([]);
    expect(await reference.rows()).toEqual({ chats: totals.chats, failedChats: totals.failedChats });
  });

  test('the verifier finds nothing broken, and the board shows its routes', async () => {
    const { rows } = await reference.verify();
    expect(rows.filter(({ check, verdict }) => verdict === 'fail' && check !== 'scrape-time')).toEqual([]);
    const served = await platform.query(
      'count by (http_route) (http_server_request_duration_seconds_count{service="onyx"})',
    );
    expect(served.map(({ metric }) => metric.http_route)).toEqual(
      expect.arrayContaining(['/agents', '/agents/{agent_id}', '/chat', '/tasks', '/tasks/{task_id}']),
    );
  });
});
