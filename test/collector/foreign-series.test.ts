// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreign } from '../../grafana/src/signals/foreign.ts';
import * as qdrant from '../../grafana/src/signals/qdrant.ts';
import * as work from '../../grafana/src/signals/work.ts';
import { Prometheus as Asked } from '../../services/prometheus/prometheus.ts';
import { filled, read } from '../../services/verify/expression.ts';
import { oddities } from '../../services/verify/oddities.ts';
import { type Collector, startCollector } from './helpers/collector.ts';
import { counter, delta, gauge, send } from './helpers/otlp.ts';
import { type Prometheus, startPrometheus } from './helpers/prometheus.ts';
import type { qdrantVersions } from './helpers/servers.ts';

/** What boards read of others, whichever version of them exposes it, and whatever else uses the same names. */

/** Kinds of calls that Qdrant reports, by the first version that does. */
const searches = {
  '1.9.0': ['search', 'search/batch', 'recommend', 'recommend/batch', 'discover', 'discover/batch'],
  '1.12.0': [
    ...['search/groups', 'search/matrix/offsets', 'search/matrix/pairs', 'recommend/groups'],
    ...['query', 'query/batch', 'query/groups'],
  ],
} as const;
const allSearches = [...searches['1.9.0'], ...searches['1.12.0']];
const others = ['', '/batch', '/count', '/delete', '/facet', '/payload', '/scroll', '/vectors'].map(
  (path) => `points${path}`,
);
const routes = (collection: string, paths: readonly string[]) =>
  paths.map((path) => `/collections/{${collection}}/${path}`);
const points = (paths: readonly string[]) => paths.map((path) => `points/${path}`);

/** Search routes of each kind of version: names of calls over gRPC are the same in all of them. */
const versions = {
  '1.9.0': routes('name', points(searches['1.9.0'])),
  '1.12.0 to 1.17.0': routes('name', points(allSearches)),
  '1.17.1 to 1.19.0': routes('collection_name', points(allSearches)),
} as const satisfies Readonly<Record<(typeof qdrantVersions)[number], readonly string[]>>;
const grpcSearches = [
  ...['Search', 'SearchBatch', 'SearchGroups', 'Query', 'QueryBatch', 'QueryGroups'],
  ...['Recommend', 'RecommendBatch', 'RecommendGroups', 'Discover', 'DiscoverBatch'],
].map((call) => `/qdrant.Points/${call}`);
const restEndpoints = [
  ...new Set(Object.values(versions).flat()),
  ...routes('name', [...others, 'index']),
  ...routes('collection_name', [...others, 'index']),
];
const grpcEndpoints = [
  ...grpcSearches,
  ...['Count', 'Get', 'Scroll', 'Upsert'].map((call) => `/qdrant.Points/${call}`),
];

/** An exposition in which every call has been made `times` times, a search within 20 ms, all else within 10 s. */
function exposition(times: number): string {
  const answers = (family: 'rest' | 'grpc', endpoint: string, labels: string) => {
    const slow = !/search|query|recommend|discover/i.test(endpoint.replace('/qdrant.', ''));
    const buckets = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10, 50].map((le) => {
      const within = le >= (slow ? 10 : 0.02) ? times : 0;
      return `${family}_responses_duration_seconds_bucket{${labels},le="${le}"} ${within}`;
    });
    return [
      ...buckets,
      `${family}_responses_duration_seconds_bucket{${labels},le="+Inf"} ${times}`,
      `${family}_responses_duration_seconds_sum{${labels}} ${times / 100}`,
      `${family}_responses_duration_seconds_count{${labels}} ${times}`,
    ];
  };
  const rest = restEndpoints.map(
    (endpoint) => [endpoint, `method="POST",endpoint="${endpoint}",status="200"`] as const,
  );
  const grpc = grpcEndpoints.map((endpoint) => [endpoint, `endpoint="${endpoint}"`] as const);
  return [
    '# TYPE collection_points gauge',
    'collection_points{id="ann@example.com"} 7',
    'collection_points{id="ben@example.com"} 9',
    '# TYPE rest_responses_total counter',
    ...rest.map(([, labels]) => `rest_responses_total{${labels}} ${times}`),
    '# TYPE rest_responses_duration_seconds histogram',
    ...rest.flatMap(([endpoint, labels]) => answers('rest', endpoint, labels)),
    '# TYPE grpc_responses_total counter',
    ...grpc.map(([, labels]) => `grpc_responses_total{${labels}} ${times}`),
    '# TYPE grpc_responses_duration_seconds histogram',
    ...grpc.flatMap(([endpoint, labels]) => answers('grpc', endpoint, labels)),
    '',
  ].join('\n');
}

/** LiteLLM's own counter, of one of its workers: half of what Onyx asks. */
const calls = 0;
const ofOneWorker = () =>
  `litellm_proxy_total_requests_metric_total{requested_model="m",status_code="200"} ${Math.floor(calls / 2)}\n`;

let target: Server;
let collector: Collector;
let prometheus: Prometheus;

beforeAll(async () => {
  let collections = 0;
  target = createServer(({ url }, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    if (url === '/metrics/') {
      response.end(`# TYPE litellm_proxy_total_requests_metric_total counter\n${ofOneWorker()}`);
      return;
    }
    collections += 1;
    response.end(exposition(5 * collections));
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const { port } = target.address() as AddressInfo;
  const address = `127.0.0.1:${port}`;
  collector = await startCollector({ ONYX_QDRANT_TARGET: address, ONYX_LITELLM_TARGET: address });
  prometheus = await startPrometheus(collector);
}, 60_000);

afterAll(async () => {
  await prometheus?.stop();
  await collector?.stop();
  target?.close();
});

describe("Qdrant's searches", () => {
  const expression = filled(qdrant.searchLatency.queries[0].expr, 60);

  async function readEndpoints(): Promise<string[]> {
    const found = await Promise.all(
      read(expression).selectors.map((selector) => prometheus.query(`group by (endpoint) (${selector})`)),
    );
    return found.flat().map(({ metric }) => metric.endpoint ?? '');
  }

  test.each(Object.entries(versions))('of version %s are all read', async (_version, endpoints) => {
    await expect.poll(readEndpoints).toEqual(expect.arrayContaining([...endpoints, ...grpcSearches]));
  });

  test('are what is read, and nothing else', async () => {
    const all = [...new Set(Object.values(versions).flat()), ...grpcSearches];
    await expect.poll(async () => (await readEndpoints()).sort()).toEqual(all.sort());
  });

  test('have their percentile, over both ways', async () => {
    const p95 = async () => Number((await prometheus.query(expression))[0]?.value?.[1]);
    await expect.poll(p95).toBeCloseTo(0.0195, 4);
  });

  test('and other calls have a line each, named after the call', async () => {
    const calls = async () =>
      (await prometheus.query(filled(qdrant.searches.queries[0].expr, 60))).map(({ metric }) => metric.call).sort();
    const expected = [
      ...allSearches,
      ...['points', 'index', ...others.map((path) => path.replace('points/', ''))],
      ...grpcEndpoints.map((endpoint) => endpoint.replace('/qdrant.Points/', '')),
    ];
    await expect.poll(calls).toEqual([...new Set(expected)].sort());
  });
});

describe('points of a gauge that lose what told them apart', () => {
  test('add up where they are counts: collections whose names are masked', async () => {
    const shown = async () => (await collector.scrape('qdrant')).body.match(/^collection_points\{.*$/gm);
    await expect.poll(shown).toEqual([expect.stringMatching(/^collection_points\{id="\*\*\*\*",.*\} 16$/)]);
  });

  test('keep the highest where they are none, which is what a gauge is in OTLP', async () => {
    const measured = [20, 22, 21].map((value, index) => ({ value, attributes: { 'user.name': `user ${index}` } }));
    await send(collector.otlp, { service: 'house' }, [gauge('temperature', measured)]);
    expect((await collector.scrape('apps')).body.match(/^temperature.*$/gm)).toEqual([expect.stringMatching(/ 22$/)]);
  });
});

test('a program that measures its machine, or a collector that forwards, is not taken for what is read here', async () => {
  // Boards ask for these of one service, or by service.
  const ofService = /^(?:onyx_|process_|memory_resident_)/;
  const names = [...Object.keys(foreign), 'onyx:service_up'].filter((name) => !ofService.test(name));
  const memory = { ...gauge('system.memory.utilization', [{ value: 0.9, attributes: { state: 'used' } }]), unit: '1' };
  for (const service of ['onyx', 'agent']) {
    const metrics = [...names.map((name) => gauge(name, [{ value: 4_711 }])), memory];
    expect(await send(collector.otlp, { service }, metrics)).toBe(200);
    const { body } = await collector.scrape(service === 'onyx' ? 'onyx' : 'apps');
    const shown = [...body.matchAll(/^([\w:]+)\{.* (?:4711|0\.9)$/gm)].map(([, name = '']) => name);
    expect([...new Set(shown)].sort()).toEqual(names.map((name) => `app_${name}`).sort());
  }
});

test("upstream Onyx's own onyx_queue_depth is not taken for the tasks of this platform", async () => {
  const queues = [{ value: 300, attributes: { queue: 'indexing' } }];
  for (const service of ['onyx', 'background'])
    await send(collector.otlp, { service }, [gauge('onyx_queue_depth', queues)]);
  const arrived = async () => (await prometheus.query('onyx_queue_depth')).map(({ metric }) => metric.service).sort();
  await expect.poll(arrived).toEqual(['apps', 'onyx']);
  expect(await prometheus.query(work.taskQueue.queries[0].expr)).toEqual([]);
});

test('the first delta of a series counts as an increase', async () => {
  await send(collector.otlp, { service: 'shop' }, [delta(counter('first_orders_total', [{ value: 5 }]))]);
  const samples = async () => (await prometheus.query('first_orders_total[1m]'))[0]?.values?.slice(0, 2);
  await expect.poll(samples).toEqual([
    [expect.any(Number), '0'],
    [expect.any(Number), '5'],
  ]);
});

test('`npm run verify` names metrics of others with names of ours, senders of deltas, and points that are lost or hidden', async () => {
  const found = () => oddities(new Asked({ url: prometheus.url }, AbortSignal.timeout(10_000)));
  const subjects = async () => (await found()).map(({ subject }) => subject).sort();
  await send(collector.otlp, { service: 'onyx' }, [gauge('onyx_queue_depth', [{ value: 300 }])]);
  await send(collector.otlp, { service: 'shop' }, [delta(counter('orders_total', [{ value: 5 }]))]);
  const crowd = Array.from({ length: 10_050 }, (_, index) => ({ value: 1, attributes: { model: `m${index}` } }));
  await send(collector.otlp, { service: 'suna' }, [delta(counter('crowd_total', crowd))]);
  const misnamed = () => send(collector.otlp, { service: 'shop' }, [counter('orders_of_12345_total', [{ value: 5 }])]);
  // One name, two types: only one of them can be exposed.
  const twice = () =>
    send(collector.otlp, { service: 'shop' }, [
      counter('sold_total', [{ value: 5 }]),
      gauge('sold_total', [{ value: 5 }]),
    ]);
  await misnamed();
  await twice();
  // A counter that began with its first value has grown only with the next.
  await expect
    .poll(async () => {
      await misnamed();
      await twice();
      return subjects();
    })
    .toEqual(
      expect.arrayContaining([
        ...['deltas of shop', 'metrics left out', 'onyx_queue_depth of onyx', 'points of deltas lost: limit'],
        'points that prometheus/apps hides: conflict',
      ]),
    );
  expect(await found()).toEqual(
    expect.arrayContaining([expect.objectContaining({ verdict: 'pass', warning: expect.any(String) })]),
  );
});
