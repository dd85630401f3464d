// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instrumentationNames } from '../../../otel/src/instrumentations.ts';
import { postgresPrograms } from '../../../services/native/stack/postgres.ts';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { type Postgres, startPostgres } from '../../collector/helpers/stores.ts';
import { folderOfFile } from '../../folder.ts';
import { application, node } from '../helpers/installed.ts';
import { preload, run } from '../helpers/preloaded.ts';

const collector = await collectorOfFile();
let postgres: Postgres;
const folder = folderOfFile();
let models: Server;
/** What the server of models was asked: the model of each request. */
const asked: string[] = [];
beforeAll(async () => {
  postgres = await startPostgres(await postgresPrograms());
  models = createServer(answerAsModel);
  await once(models.listen(0, '127.0.0.1'), 'listening');
}, 300_000);
afterAll(async () => {
  models?.close();
  await postgres?.stop();
});

const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };

const answerAsModel: RequestListener = async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const { model, stream } = JSON.parse(body);
  asked.push(model);
  const send = (status: number, content: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  if (model === 'missing')
    return void send(404, { error: { message: 'no such model', type: 'invalid_request_error' } });
  if (model === 'embedding')
    return void send(200, { object: 'list', model, data: [{ embedding: [0], index: 0 }], usage });
  if (!stream)
    return void send(200, {
      id: 'a',
      model,
      choices: [{ message: { role: 'assistant', content: 'b' }, index: 0, finish_reason: 'stop' }],
      usage,
    });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (content: object) =>
    `data: ${JSON.stringify({ id: 'a', model, object: 'chat.completion.chunk', ...content })}\n\n`;
  response.write(chunk({ choices: [{ delta: { content: 'b' }, index: 0, finish_reason: 'stop' }] }));
  response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`);
};

/** Lines of these metrics that a program sends which has the packages, and what it wrote to standard error. */
async function sent(
  instrumentation: string,
  alone: boolean,
  version?: string,
): Promise<{ lines: string[]; stderr: string }> {
  const packages = ['pg@8.23.1', 'openai@6.30.1'];
  const app = await application(folder, packages, ['databases/named.cjs', 'databases/ended.cjs']);
  const files = ['register.cjs', ...(alone ? [] : ['instrumentations.cjs'])];
  for (const file of files) await copyFile(join(preload, '..', file), join(app, file));
  const instance = randomUUID();
  const port = Number(postgres.address.split(':')[1]);
  const targets = {
    port,
    password: 'of-a-test',
    models: `http://127.0.0.1:${(models.address() as AddressInfo).port}/v1`,
  };
  const service = run(
    ['--require', join(app, 'register.cjs'), join(app, 'named.cjs'), JSON.stringify(targets)],
    {
      ONYX_INSTRUMENTATION: instrumentation,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    },
    app,
    version === undefined ? undefined : await node(version),
  );
  await Promise.race([service.port, service.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  service.child.send('end');
  const { stderr } = await service.ended;
  const { body } = await collector.scrape('suna');
  expect(body).not.toContain('alice');
  const lines = body.split('\n').filter((line) => /^(db|gen_ai)_client_/.test(line) && line.includes(instance));
  return { lines, stderr };
}

/** Labels of a metric with its value, without who sent it. */
function valuesOf(lines: readonly string[], metric: string): string[] {
  return lines
    .filter((line) => line.startsWith(`${metric}{`))
    .map((line) =>
      line
        .slice(metric.length)
        .replaceAll(/(instance|job|service)="[^"]*",?/g, '')
        .replace(/,\}/, '}'),
    )
    .sort();
}

// The packages may have to be installed first.
it.each([undefined, '18.19.0', '26.10.0'])(
  'pg and openai by name, without node_modules beside the preload: each query and call is counted once (Node %s)',
  async (version) => {
    asked.length = 0;
    const { lines, stderr } = await sent('pg,openai', false, version);
    expect(stderr).toBe('');
    const port = postgres.address.split(':')[1];
    const of = `db_operation_name="SELECT",db_system_name="postgresql"`;
    expect(valuesOf(lines, 'db_client_operation_duration_seconds_count')).toEqual([
      `{${of},error_type="42P01",server_address="localhost",server_port="${port}"} 1`,
      `{${of},server_address="localhost",server_port="${port}"} 7`,
    ]);
    // Each query but the last got its connection from the pool, as that one's connection was. One of three had to wait until another ended.
    const pool = `{db_system_name="postgresql",server_address="localhost",server_port="${port}"}`;
    expect(valuesOf(lines, 'db_client_connection_wait_time_seconds_count')).toEqual([`${pool} 8`]);
    const [waited] = valuesOf(lines, 'db_client_connection_wait_time_seconds_sum');
    expect(Number(waited?.split(' ').at(-1))).toBeGreaterThan(0.25);
    expect(lines.join('\n')).not.toMatch(/^db_client_connection_(?!wait_time)/m);
    const chat = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai"';
    const embeddings = 'gen_ai_operation_name="embeddings",gen_ai_provider_name="openai"';
    expect(asked).toEqual(['gpt-4o', 'gpt-4o', 'missing', 'embedding']);
    expect(valuesOf(lines, 'gen_ai_client_operation_duration_seconds_count')).toEqual([
      `{error_type="NotFoundError",${chat},gen_ai_request_model="missing"} 1`,
      `{${chat},gen_ai_request_model="gpt-4o"} 2`,
      `{${embeddings},gen_ai_request_model="embedding"} 1`,
    ]);
    expect(valuesOf(lines, 'gen_ai_client_token_usage_sum')).toEqual([
      `{${chat},gen_ai_request_model="gpt-4o",gen_ai_token_type="input"} 20`,
      `{${chat},gen_ai_request_model="gpt-4o",gen_ai_token_type="output"} 8`,
      `{${embeddings},gen_ai_request_model="embedding",gen_ai_token_type="input"} 10`,
    ]);
  },
  300_000,
);

it('an unknown name is one line that lists the known ones, and what is measured anyway stays', async () => {
  const { lines, stderr } = await sent('pg,express', false);
  expect(lines).toEqual([]);
  expect(stderr).toBe(
    `otel/register: ONYX_INSTRUMENTATION="pg,express" is not http, full, or one or more of ${instrumentationNames.join(', ')}, with commas between; using http\n`,
  );
}, 300_000);

it('the preload without the second file says so in a line and measures as without', async () => {
  const { lines, stderr } = await sent('pg', true);
  expect(lines).toEqual([]);
  expect(stderr).toMatch(
    /^otel\/register: ONYX_INSTRUMENTATION=pg: Cannot find module '\.\/instrumentations\.cjs'\. Mount the file next to register\.cjs\. Using http\n$/,
  );
}, 300_000);

it('every name loads its instrumentation, and a process that uses none of them is not measured for it', async () => {
  let connections = 0;
  const server = createServer((_request, response) => response.end()).on('connection', () => connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const program = run(
    ['--require', preload, '--eval', 'process.disconnect()'],
    {
      ONYX_INSTRUMENTATION: instrumentationNames.join(','),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    folder,
  );
  expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
  expect(connections).toBe(0);
  server.close();
});
