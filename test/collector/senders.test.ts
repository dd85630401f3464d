// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collector, type Endpoint, endpoints, startCollector } from './collector.ts';
import { counter, gauge, histogram, send } from './otlp.ts';

let collector: Collector;

beforeAll(async () => {
  collector = await startCollector();
});

afterAll(() => collector.stop());

/** The series of an endpoint whose name begins with `name`. What was sent is there once the sender has its answer. */
async function series(endpoint: Endpoint, name: string): Promise<string[]> {
  const { body } = await collector.scrape(endpoint);
  return body.split('\n').filter((line) => line.startsWith(name));
}

describe('an endpoint', () => {
  test.each(endpoints)('of %s answers only to the right name and password', async (endpoint) => {
    expect((await collector.scrape(endpoint, '')).status).toBe(401);
    expect((await collector.scrape(endpoint, 'admin:admin')).status).toBe(401);
    expect((await collector.scrape(endpoint, `root:${collector.password}`)).status).toBe(401);
    expect((await collector.scrape(endpoint)).status).toBe(200);
  });
});

describe('routing', () => {
  test.each(['suna', 'onyx'] as const)('%s has an endpoint of its own', async (service) => {
    const name = `routed_by_${service}_total`;
    await send(collector.otlp, { service }, [counter(name, [{ value: 3 }])]);
    expect(await series(service, name)).toEqual([`${name}{instance="one",job="${service}"} 3`]);
    expect(await series('apps', name)).toEqual([]);
  });

  test('any other sender lands in apps, also one that claims to be a core service', async () => {
    for (const service of ['billing', ...endpoints.filter((name) => name !== 'suna' && name !== 'onyx')]) {
      const name = `claimed_by_${service}_total`;
      await send(collector.otlp, { service }, [counter(name, [{ value: 1 }])]);
      const holders = await Promise.all(endpoints.map(async (endpoint) => (await series(endpoint, name)).length > 0));
      expect(endpoints.filter((_, index) => holders[index])).toEqual(['apps']);
    }
  });

  test('two processes of one service keep their own series', async () => {
    await send(collector.otlp, { service: 'suna', instance: 'a' }, [counter('kept_apart_total', [{ value: 1 }])]);
    await send(collector.otlp, { service: 'suna', instance: 'b' }, [counter('kept_apart_total', [{ value: 2 }])]);
    expect(await series('suna', 'kept_apart_total')).toEqual([
      'kept_apart_total{instance="a",job="suna"} 1',
      'kept_apart_total{instance="b",job="suna"} 2',
    ]);
  });
});

describe('the heartbeat', () => {
  const heartbeat = 'onyx_sender_last_seen_timestamp_seconds';

  test('says when each sender was last heard, by the clock of the collector', async () => {
    const before = Math.floor(Date.now() / 1000);
    const past = Date.now() - 60_000;
    await send(collector.otlp, { service: 'onyx', instance: 'slow-clock' }, [gauge('x', [{ value: 1, at: past }])]);
    const [line] = await series('onyx', `${heartbeat}{instance="slow-clock"`);
    expect(Number(line?.split(' ')[1])).toBeGreaterThanOrEqual(before);
    expect(Number(line?.split(' ')[1])).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('cannot be set by a sender', async () => {
    await send(collector.otlp, { service: 'liar' }, [
      gauge(heartbeat, [{ value: 4_000_000_000 }]),
      gauge('x', [{ value: 1 }]),
    ]);
    const lines = await series('apps', heartbeat);
    expect(lines.find((line) => line.includes('job="liar"'))).toBeDefined();
    expect(lines.filter((line) => line.endsWith(' 4e+09'))).toEqual([]);
  });
});

describe('names and boundaries', () => {
  test('instruments that carry their Prometheus name keep it, without scope labels', async () => {
    const labels = { model: 'gpt-4o', user_id: 'u_0123456789ab', success: true };
    await send(collector.otlp, { service: 'suna' }, [
      histogram(
        'onyx_chat_duration_seconds',
        [0.1, 0.5, 1, 1.5, 2, 5],
        [{ attributes: labels, counts: [1, 1, 1, 1, 1, 1, 1], sum: 21 }],
      ),
    ]);
    const identity = 'instance="one",job="suna",model="gpt-4o",success="true",user_id="u_0123456789ab"';
    expect(await series('suna', 'onyx_chat_duration_seconds')).toEqual([
      ...['0.1', '0.5', '1', '1.5', '2', '5', '+Inf'].map(
        (le, index) => `onyx_chat_duration_seconds_bucket{${identity},le="${le}"} ${index + 1}`,
      ),
      `onyx_chat_duration_seconds_sum{${identity}} 21`,
      `onyx_chat_duration_seconds_count{${identity}} 7`,
    ]);
  });
});

describe('privacy of senders that are not ours', () => {
  test('a user_id that is no pseudonym becomes other, and the total stays', async () => {
    const users = ['alice@example.com', 'bob', 42, 'u_ABC', 'other', 'u_0123456789ab'];
    const points = users.map((user, index) => ({ attributes: { user_id: user }, value: 10 ** index }));
    await send(collector.otlp, { service: 'raw-users' }, [counter('raw_users_total', points)]);
    expect(await series('apps', 'raw_users_total')).toEqual([
      'raw_users_total{instance="one",job="raw-users",user_id="other"} 11111',
      'raw_users_total{instance="one",job="raw-users",user_id="u_0123456789ab"} 100000',
    ]);
  });

  test('histograms are merged bucket by bucket', async () => {
    const points = ['ann', 'ben'].map((user_id) => ({ attributes: { user_id }, counts: [1, 2], sum: 3 }));
    await send(collector.otlp, { service: 'raw-histogram' }, [histogram('merged_seconds', [1], points)]);
    const identity = 'instance="one",job="raw-histogram",user_id="other"';
    expect(await series('apps', 'merged_seconds')).toEqual([
      `merged_seconds_bucket{${identity},le="1"} 2`,
      `merged_seconds_bucket{${identity},le="+Inf"} 6`,
      `merged_seconds_sum{${identity}} 6`,
      `merged_seconds_count{${identity}} 6`,
    ]);
  });

  test.each([
    'user.id',
    'userId',
    'user',
    'user.email',
    'email',
    'user_email',
    'enduser.id',
    'end_user',
    'user_agent.original',
    'client.address',
    'client_ip',
    'net.peer.ip',
    'hashed_api_key',
    'session.id',
  ])('the label %s is dropped, and what it told apart is summed', async (label) => {
    const service = `label-${label.replaceAll(/\W/g, '-')}`;
    const points = ['first', 'second'].map((person) => ({ attributes: { [label]: person, kept: 'yes' }, value: 2 }));
    await send(collector.otlp, { service }, [counter(`labelled_total`, points)]);
    const kept = (await series('apps', 'labelled_total')).filter((line) => line.includes(`job="${service}"`));
    expect(kept).toEqual([`labelled_total{instance="one",job="${service}",kept="yes"} 4`]);
  });

  test.each(['http.route', 'http.response.status_code', 'gen_ai.token.type', 'model', 'server.address', 'task_type'])(
    'the label %s stays',
    async (label) => {
      const service = `kept-${label.replaceAll(/\W/g, '-')}`;
      await send(collector.otlp, { service }, [counter('kept_total', [{ attributes: { [label]: 'v' }, value: 1 }])]);
      expect(await series('apps', `kept_total{`)).toContain(
        `kept_total{${label.replaceAll('.', '_')}="v",instance="one",job="${service}"} 1`.replace(
          /\{(.*)\}/,
          (_, labels: string) => `{${labels.split(',').sort().join(',')}}`,
        ),
      );
    },
  );

  test('a resource shows nothing but its name and instance', async () => {
    const resource = {
      'process.owner': 'alice',
      'process.command_args': '--token=s3cret',
      'host.name': 'alices-laptop',
    };
    await send(collector.otlp, { service: 'chatty', resource }, [counter('chatty_total', [{ value: 1 }])]);
    expect((await collector.scrape('apps')).body).not.toMatch(/alice|s3cret/);
  });

  test('an e-mail address in the instance, the service name or the description does not pass', async () => {
    const sender = { service: 'mail-carol@example.com', instance: 'carol@example.com' };
    await send(collector.otlp, sender, [counter('mailed_total', [{ value: 1 }], 'Written by carol@example.com.')]);
    const { body } = await collector.scrape('apps');
    expect(body).toContain('mailed_total{');
    expect(body).not.toContain('carol');
  });
});

test('a body above 4 MiB is refused', async () => {
  const description = 'x'.repeat(4 * 1024 * 1024);
  const status = await send(collector.otlp, { service: 'large' }, [
    counter('large_total', [{ value: 1 }], description),
  ]);
  expect(status).toBe(400);
});
