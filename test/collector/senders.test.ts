// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { type Endpoint, endpoints } from '../../otel/src/catalogue/catalogue.ts';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { counter, gauge, histogram, instance, send } from './helpers/otlp.ts';

const collector = await collectorOfFile();

/** The series of an endpoint whose name begins with `name`. What was sent is there once the sender has its answer. */
async function series(endpoint: Endpoint, name: string): Promise<string[]> {
  const { body } = await collector.scrape(endpoint);
  return body.split('\n').filter((line) => line.startsWith(name));
}

describe('an endpoint', () => {
  test.each(endpoints)('of %s answers only to the right name and password', async (endpoint) => {
    expect((await collector.scrape(endpoint, '')).status).toBe(401);
    expect((await collector.scrape(endpoint, 'admin:admin')).status).toBe(401);
    expect((await collector.scrape(endpoint, `admin:${collector.password}`)).status).toBe(401);
    expect((await collector.scrape(endpoint)).status).toBe(200);
  });
});

describe('routing', () => {
  test.each(['suna', 'onyx'] as const)('%s has an endpoint of its own', async (service) => {
    const name = `routed_by_${service}_total`;
    await send(collector.otlp, { service }, [counter(name, [{ value: 3 }])]);
    expect(await series(service, name)).toEqual([`${name}{instance="${instance(1)}",job="${service}"} 3`]);
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
    await send(collector.otlp, { service: 'suna', instance: instance(2) }, [
      counter('kept_apart_total', [{ value: 1 }]),
    ]);
    await send(collector.otlp, { service: 'suna', instance: instance(3) }, [
      counter('kept_apart_total', [{ value: 2 }]),
    ]);
    expect(await series('suna', 'kept_apart_total')).toEqual([
      `kept_apart_total{instance="${instance(2)}",job="suna"} 1`,
      `kept_apart_total{instance="${instance(3)}",job="suna"} 2`,
    ]);
  });

  test.each([
    ['host.name', 'one', 'other'],
    ['process.pid', 17, 18],
    ['container.id', 'a1', 'b2'],
    ['k8s.pod.name', 'web-a', 'web-b'],
  ])('also without an id, as long as they say where they run: %s', async (attribute, ...places) => {
    const name = `told_by_${attribute.replaceAll('.', '_')}_total`;
    for (const place of places)
      await send(collector.otlp, { service: 'nameless', instance: null, resource: { [attribute]: place } }, [
        counter(name, [{ value: 5 }]),
      ]);
    expect(await series('apps', name)).toEqual([
      expect.stringMatching(/^\w+\{instance="[0-9a-f]{12}",job="nameless"\} 5$/),
      expect.stringMatching(/^\w+\{instance="[0-9a-f]{12}",job="nameless"\} 5$/),
    ]);
  });

  test('also when its id is no text', async () => {
    for (const id of [17, true, ['a'], { a: 'b' }, new Uint8Array([1])])
      expect(
        await send(collector.otlp, { service: 'odd', resource: { 'service.instance.id': id } }, [
          counter('odd_ids_total', [{ value: 1 }]),
        ]),
      ).toBe(200);
    expect(await series('apps', 'odd_ids_total')).toHaveLength(5);
  });
});

describe('the heartbeat', () => {
  const heartbeat = 'onyx_sender_last_seen_timestamp_seconds';

  test('says when each sender was last heard, by the clock of the collector', async () => {
    const before = Math.floor(Date.now() / 1000);
    const past = Date.now() - 60_000;
    await send(collector.otlp, { service: 'onyx', instance: instance(4) }, [gauge('x', [{ value: 1, at: past }])]);
    const [line] = await series('onyx', `${heartbeat}{instance="${instance(4)}"`);
    expect(Number(line?.split(' ')[1])).toBeGreaterThanOrEqual(before);
    expect(Number(line?.split(' ')[1])).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('cannot be set by a sender, nor how long the collector has been listening', async () => {
    await send(collector.otlp, { service: 'liar' }, [
      gauge(heartbeat, [{ value: 4_000_000_000 }]),
      gauge('onyx_collector_listening_seconds', [{ value: 4_000_000_000 }]),
      gauge('x', [{ value: 1 }]),
    ]);
    const lines = await series('apps', 'onyx_');
    expect(lines.find((line) => line.startsWith(`${heartbeat}{`) && line.includes('job="liar"'))).toBeDefined();
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
    const identity = `instance="${instance(1)}",job="suna",model="gpt-4o",success="true",user_id="u_0123456789ab"`;
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
  test('a user_id that is no pseudonym falls into one of 16 groups, and the total stays', async () => {
    const raw = Array.from({ length: 500 }, (_, index) => (index % 2 === 0 ? `user${index}@example.com` : index));
    const known = ['u_0123456789ab', 'c_7', 'other'];
    const points = [...raw, ...known].map((user_id) => ({ attributes: { user_id }, value: 1 }));
    await send(collector.otlp, { service: 'raw-users' }, [counter('raw_users_total', points)]);
    const lines = await series('apps', 'raw_users_total');
    const shown = lines.map((line) => /user_id="(.*?)"/.exec(line)?.[1] ?? '');
    expect(shown.filter((user) => !/^g_[0-9a-f]$/.test(user)).sort()).toEqual(known.sort());
    expect(shown).toHaveLength(16 + known.length);
    expect(lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(503);
  });

  test('points measured at different times are merged all the same', async () => {
    const points = [1, 2].map((index) => ({ attributes: { email: index }, value: 1, at: Date.now() - index }));
    await send(collector.otlp, { service: 'apart' }, [counter('measured_apart_total', points)]);
    expect(await series('apps', 'measured_apart_total')).toEqual([
      `measured_apart_total{instance="${instance(1)}",job="apart"} 2`,
    ]);
  });

  test('histograms are merged bucket by bucket', async () => {
    const points = ['ann', 'ben'].map((email) => ({ attributes: { email }, counts: [1, 2], sum: 3 }));
    await send(collector.otlp, { service: 'raw-histogram' }, [histogram('merged_seconds', [1], points)]);
    const identity = `instance="${instance(1)}",job="raw-histogram"`;
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
    const points = ['first', 'second'].map((person) => ({ attributes: { [label]: person, model: 'm' }, value: 2 }));
    await send(collector.otlp, { service }, [counter(`labelled_total`, points)]);
    const kept = (await series('apps', 'labelled_total')).filter((line) => line.includes(`job="${service}"`));
    expect(kept).toEqual([`labelled_total{instance="${instance(1)}",job="${service}",model="m"} 4`]);
  });

  test.each([
    ['http.route', '/v'],
    ['http.response.status_code', '200'],
    ['gen_ai.token.type', 'input'],
    ['model', 'v'],
    ['server.address', 'v'],
    ['task_type', 'ingest'],
  ])('the label %s stays', async (label, value) => {
    const service = `kept-${label.replaceAll(/\W/g, '-')}`;
    await send(collector.otlp, { service }, [counter('kept_total', [{ attributes: { [label]: value }, value: 1 }])]);
    expect(await series('apps', `kept_total{`)).toContain(
      `kept_total{${label.replaceAll('.', '_')}="${value}",instance="${instance(1)}",job="${service}"} 1`.replace(
        /\{(.*)\}/,
        (_, labels: string) => `{${labels.split(',').sort().join(',')}}`,
      ),
    );
  });

  test.each(['suna', 'onyx', 'apps'] as const)(
    'chats keep their model and user at the endpoint %s',
    async (endpoint) => {
      const service = endpoint === 'apps' ? 'chatting' : endpoint;
      const attributes = { model: 'gpt-4o', user_id: 'u_0123456789ab', success: true };
      await send(collector.otlp, { service, instance: instance(9) }, [
        histogram('onyx_chat_duration_seconds', [1], [{ attributes, counts: [1, 0], sum: 1 }]),
      ]);
      expect(await series(endpoint, `onyx_chat_duration_seconds_count{instance="${instance(9)}"`)).toEqual([
        `onyx_chat_duration_seconds_count{instance="${instance(9)}",job="${service}",model="gpt-4o",success="true",user_id="u_0123456789ab"} 1`,
      ]);
    },
  );

  test('what was dropped is counted and named, but a name that could itself be personal is not shown', async () => {
    const lost: Record<string, string>[] = [
      { user_email: 'x', client_ip: 'y' },
      { user_email: 'x' },
      { alice_s_label: 'z' },
    ];
    const points = lost.map((attributes) => ({ attributes, value: 1 }));
    const metrics = [counter('labels_lost_total', points)];
    const counted = async () =>
      (await series('apps', 'onyx_dropped_labels_total')).flatMap((line) =>
        line.includes('job="loser"') ? line.replace(/\{.*label="(.*)"\}/, ' $1') : [],
      );
    await send(collector.otlp, { service: 'loser' }, metrics);
    await send(collector.otlp, { service: 'loser' }, metrics);
    const name = 'onyx_dropped_labels_total';
    expect(await counted()).toEqual([`${name} client_ip,user_email 2`, `${name} unlisted 2`, `${name} user_email 2`]);
  });

  test('a value that looks personal or secret is masked under a label that may pass, and counted', async () => {
    const secrets = [
      'carol@example.com',
      'sk-live-0123456789',
      'eyJhbGciOiJIUzI1NiJ9',
      '203.0.113.7',
      '+49 170 1234567',
    ];
    const points = secrets.map((model) => ({ attributes: { model }, value: 1 }));
    await send(collector.otlp, { service: 'leaky' }, [counter('leaked_total', points)]);
    expect(await series('apps', 'leaked_total')).toEqual([
      `leaked_total{instance="${instance(1)}",job="leaky",model="****"} 5`,
    ]);
    expect(await series('apps', `onyx_masked_labels_total{instance="${instance(1)}",job="leaky"`)).toEqual([
      `onyx_masked_labels_total{instance="${instance(1)}",job="leaky",label="model"} 5`,
    ]);
  });

  test.each([
    'gpt-4o-2024-08-06',
    'claude-3-5-sonnet-20241022-v2:0',
    'claude-3-opus@20240229',
    'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  ])('the model name %s is not taken for a secret', async (model) => {
    await send(collector.otlp, { service: 'models' }, [counter('models_total', [{ attributes: { model }, value: 1 }])]);
    expect(await series('apps', 'models_total')).toContain(
      `models_total{instance="${instance(1)}",job="models",model="${model}"} 1`,
    );
  });

  test('a secret planted anywhere in what is sent appears at no endpoint and in no log', async () => {
    const secret = 'hunter2';
    const planted = 'hunter2@example.com';
    const sender = {
      service: planted,
      instance: planted,
      resource: { 'host.name': secret, [`host.${secret}`]: secret, 'service.namespace': secret },
    };
    const labels = { [secret]: secret, [planted]: planted, email: secret, model: planted, user_id: secret };
    const kept = counter(
      'planted_total',
      [{ attributes: labels, value: 1, exemplar: labels }],
      `Written by ${secret}.`,
    );
    const units = { ...kept, name: 'planted_units_total', unit: secret };
    const braces = { ...kept, name: 'planted_braces_total', unit: `{${secret}}` };
    const metrics = [
      kept,
      units,
      braces,
      counter(`by_${planted}`, [{ value: 1 }]),
      counter('sk-hunter2abcdef', [{ value: 1 }]),
    ];
    const scope = { name: secret, version: secret, attributes: { [secret]: secret, email: planted } };
    for (const service of [planted, 'suna', 'onyx'])
      expect(await send(collector.otlp, { ...sender, service }, metrics, scope)).toBe(200);
    const bodies = await Promise.all(endpoints.map(async (endpoint) => (await collector.scrape(endpoint)).body));
    expect(bodies.join('\n').match(/^planted\w*\{.*job="(suna|onyx|redacted)"/gm)).toHaveLength(9);
    expect(bodies.join('\n')).not.toMatch(/hunter2/i);
    expect(collector.log()).not.toMatch(/hunter2/i);
  });
});
