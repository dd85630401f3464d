// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { collectorOfFile } from './helpers/collector-of-file.ts';
import { histogram, send } from './helpers/otlp.ts';

/* Senders whose SDK follows the conventions of before: what they send is shown as if it followed those of today. */

const collector = await collectorOfFile();

type Attributes = Readonly<Record<string, string | number>>;

/** A metric with its former and its present name. */
interface Renamed {
  readonly of: string;
  readonly former: { readonly name: string; readonly unit: string; readonly attributes: Attributes };
  readonly today: { readonly name: string; readonly attributes: Attributes };
}

/** As our preload makes them; others are hashed. */
const instance = (number: number): string => `former-${String(number).padStart(8, '0')}-0`;

const client = 'http.client.request.duration';
const operation = 'db.client.operation.duration';
const tokens = 'gen_ai.client.token.usage';
const renamed: readonly Renamed[] = [
  {
    of: 'a request that was answered',
    former: {
      name: 'http.client.duration',
      unit: 'ms',
      attributes: {
        'http.method': 'GET',
        'http.scheme': 'https',
        'http.status_code': 200,
        'net.peer.name': 'api.example.com',
        'net.peer.port': 443,
      },
    },
    today: {
      name: client,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': 'api.example.com',
        'server.port': 443,
      },
    },
  },
  {
    of: 'a request that was refused',
    former: {
      name: 'http.client.duration',
      unit: 'ms',
      attributes: { 'http.method': 'POST', 'http.status_code': 404, 'net.peer.name': 'qdrant', 'net.peer.port': 6333 },
    },
    today: {
      name: client,
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 404,
        'server.address': 'qdrant',
        'server.port': 6333,
        'error.type': '404',
      },
    },
  },
  {
    of: 'a request served',
    former: {
      name: 'http.server.duration',
      unit: 'ms',
      attributes: { 'http.method': 'GET', 'http.scheme': 'http', 'http.status_code': 500, 'http.route': '/items/{id}' },
    },
    today: {
      name: 'http.server.request.duration',
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 500,
        'http.route': '/items/{id}',
        'error.type': '500',
      },
    },
  },
  ...['postgresql', 'mssql', 'oracle'].map((system) => ({
    of: `an operation of ${system}`,
    former: {
      name: operation,
      unit: 's',
      attributes: { 'db.system': system, 'db.operation': 'SELECT', 'net.peer.name': 'db', 'net.peer.port': 5432 },
    },
    today: {
      name: operation,
      attributes: {
        'db.system.name': { mssql: 'microsoft.sql_server', oracle: 'oracle.db' }[system] ?? system,
        'db.operation.name': 'SELECT',
        'server.address': 'db',
        'server.port': 5432,
      },
    },
  })),
  ...Object.entries({ openai: 'openai', 'az.ai.openai': 'azure.ai.openai', vertex_ai: 'gcp.vertex_ai' }).map(
    ([system, provider]) => ({
      of: `tokens of ${system}`,
      former: {
        name: tokens,
        unit: '{token}',
        attributes: {
          'gen_ai.system': system,
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.token.type': 'completion',
        },
      },
      today: {
        name: tokens,
        attributes: {
          'gen_ai.provider.name': provider,
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'gpt-4o',
          'gen_ai.token.type': 'output',
        },
      },
    }),
  ),
];

/** What an endpoint shows of one sender, but for the name of the sender. */
async function shown(endpoint: 'suna' | 'apps', own: string): Promise<string[]> {
  const { body } = await collector.scrape(endpoint);
  const lines = body.split('\n').filter((line) => line.includes(`instance="${own}"`) && !line.startsWith('onyx_'));
  return lines.map((line) => line.replace(own, '')).sort();
}

test.each(renamed.flatMap((each) => (['suna', 'apps'] as const).map((endpoint) => ({ ...each, endpoint }))))(
  '$of, by former names, has the labels and the unit of today at $endpoint',
  async ({ former, today, endpoint }) => {
    const place = renamed.findIndex((each) => each.today === today) * 2;
    const scale = former.unit === 'ms' ? 1000 : 1;
    const point = { counts: [1, 2, 0], start: Date.now() - 1000 };
    const sent = async (own: string, name: string, unit: string, attributes: Attributes, by: number) => {
      const metric = histogram(
        name,
        [0.1, 1].map((bound) => bound * by),
        [{ ...point, attributes, sum: 0.5 * by }],
      );
      const service = endpoint === 'suna' ? 'suna' : 'former';
      expect(await send(collector.otlp, { service, instance: own }, [{ ...metric, unit }])).toBe(200);
    };
    await sent(instance(place), former.name, former.unit, former.attributes, scale);
    await sent(instance(place + 1), today.name, former.unit === 'ms' ? 's' : former.unit, today.attributes, 1);
    const expected = await shown(endpoint, instance(place + 1));
    expect(expected.length).toBeGreaterThan(3);
    expect(await shown(endpoint, instance(place))).toEqual(expected);
  },
);

test('what follows the conventions of today is left as it is, also by a sender that has both', async () => {
  const attributes = { 'db.system': 'mysql', 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT' };
  const points = [{ attributes, counts: [1, 0], sum: 0.1 }];
  await send(collector.otlp, { service: 'both' }, [histogram(operation, [1], points)]);
  const { body } = await collector.scrape('apps');
  expect(body).toMatch(
    /^db_client_operation_duration_seconds_count\{db_operation_name="SELECT",db_system_name="postgresql",[^}]*job="both"\} 1$/m,
  );
});
