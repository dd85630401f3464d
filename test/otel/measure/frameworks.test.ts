// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { application, node } from '../helpers/installed.ts';
import { fixture, preload, run } from '../helpers/preloaded.ts';
import { type Framework, frameworks, type Request, type Routes, requests } from './frameworks.ts';
import { withFrameworks } from './frameworks-table.ts';

const collector = await collectorOfFile();
const folder = folderOfFile();

/** `route status` of what a program of this framework counts of the requests. */
async function counted(framework: Framework, named = false, version = framework.node): Promise<string[]> {
  const { packages, program, env } = framework;
  const app = await application(folder, packages, [`frameworks/${program}`, 'frameworks/announce.cjs']);
  const instance = randomUUID();
  const service = run(
    ['--require', preload, join(app, program)],
    {
      ...env,
      ...(named && { NAMED: '1' }),
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    },
    app,
    version === undefined ? undefined : await node(version),
  );
  const url = `http://127.0.0.1:${await service.port}`;
  for (const { path, status } of requestsOf(framework)) {
    const answer = await fetch(url + path);
    await answer.arrayBuffer();
    expect(answer.status).toBe(status);
  }
  service.child.send('end');
  expect(await service.ended).toMatchObject({ code: 0, signal: null });
  const { body } = await collector.scrape('suna');
  return body
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(instance))
    .map((line) => `${/http_route="([^"]+)"/.exec(line)?.[1]} ${/status_code="(\d+)"/.exec(line)?.[1]}`)
    .sort();
}

function requestsOf({ also = [] }: Framework): Request[] {
  return [...requests, ...also];
}

function expected(framework: Framework, routes: Routes = framework.routes): string[] {
  return [...new Set(requestsOf(framework).map(({ status, route }) => `${route && routes[route]} ${status}`))].sort();
}

const versions = frameworks.map((framework) => ({ ...framework, version: framework.packages[0] }));

// Their packages may have to be installed first.
describe('the preload', { timeout: 300_000 }, () => {
  it.each(versions)('measures $name ($version) with the routes that the guide says', async (framework) => {
    expect(await counted(framework)).toEqual(expected(framework));
  });

  it.each(versions.filter(({ routes }) => routes.plain))(
    'measures $name ($version) with the same routes on the newest Node',
    async (framework) => {
      expect(await counted(framework, false, '26.10.0')).toEqual(expected(framework));
    },
  );

  it.each(['18.19.0', '22.23.3', '24.9.0'])('measures Express with the same routes on Node %s', async (version) => {
    const [express] = versions.filter(({ name }) => name === 'Express').slice(-1);
    expect(express && (await counted(express, false, version))).toEqual(express && expected(express));
  });

  it.each(versions.filter(({ line }) => line))(
    'measures $name ($version) with the routes of one line',
    async (framework) => {
      expect(await counted(framework, true)).toEqual(expected(framework, framework.line?.routes));
    },
  );
});

it('the guide has the table of frameworks that `npm run generate` makes, with the code each program runs', () => {
  const guide = readFileSync('docs/guides/add-a-service.md', 'utf8');
  expect(guide).toBe(withFrameworks(guide));
  for (const { program, line } of frameworks) {
    if (line) expect(readFileSync(fixture(`frameworks/${program}`), 'utf8')).toContain(line.code);
  }
});
