// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { folderOfFile } from '../../folder.ts';
import { application, bun, deno, node } from '../helpers/installed.ts';
import { preload, run } from '../helpers/preloaded.ts';

const line = (text: string) => new RegExp(`^otel/register: the application runs without metrics: ${text}[^\n]*\n$`);

const collector = await collectorOfFile();
const folder = folderOfFile();

/** What a program that greets and ends with 5 leaves behind. */
async function greet(
  command: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = join(folder, 'greet.cjs');
  writeFileSync(program, 'console.log("hello"); process.exitCode = 5;');
  return promisify(execFile)(command, [...args, program], { cwd: folder }).then(
    (result) => ({ code: 0, ...result }),
    (error) => error,
  );
}

async function serves(binary: string, flag: string, express: string): Promise<void> {
  const app = await application(folder, [`express@${express}`], ['express-server.cjs']);
  const instance = randomUUID();
  const service = run(
    [flag, preload, join(app, 'express-server.cjs')],
    {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: collector.otlp,
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}`,
    },
    app,
    binary,
  );
  const url = `http://127.0.0.1:${await service.port}`;
  for (const path of ['/api/users/alice', '/api/users/bob', '/nowhere']) await fetch(url + path);
  service.child.send('end');
  expect(await service.ended).toEqual({ code: 0, signal: null, stderr: '' });
  const { body } = await collector.scrape('suna');
  const counts = body
    .split('\n')
    .filter((text) => text.startsWith('http_server_request_duration_seconds_count') && text.includes(instance));
  expect(counts.sort()).toEqual([
    expect.stringMatching(/http_response_status_code="200",http_route="\/api\/users\/:id".* 2$/),
    expect.stringMatching(/http_response_status_code="404".* 1$/),
  ]);
}

// Their programs may have to be installed first.
describe('the preload', { timeout: 300_000 }, () => {
  it.each([
    ['18.19.0', '--require', '4.21.2'],
    ['18.19.0', '--import', '5.3.0'],
    ['20.6.0', '--require', '4.21.2'],
    ['20.20.2', '--import', '5.3.0'],
    ['22.23.3', '--require', '5.3.0'],
    ['22.23.3', '--import', '4.21.2'],
    ['24.9.0', '--require', '4.21.2'],
    ['24.9.0', '--import', '5.3.0'],
    ['26.10.0', '--require', '5.3.0'],
    ['26.10.0', '--import', '4.21.2'],
  ])('measures an application on Node %s, %s, Express %s', async (version, flag, express) => {
    await serves(await node(version), flag, express);
  });

  it.each(['14.21.3', '16.20.2'])('leaves an application on Node %s alone, with one line', async (version) => {
    const { code, stdout, stderr } = await greet(await node(version), ['--require', preload]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'hello\n' });
    expect(stderr).toMatch(line(`Node ${version} is too old, 18.19 or 20.6 is needed`));
  });

  it.each([
    ['Bun', bun, ['--preload', preload]],
    ['Deno', deno, ['run', '--allow-all', '--no-prompt', '--require', preload]],
  ])('leaves an application on %s alone, with one line', async (name, runtime, args) => {
    const { code, stdout, stderr } = await greet(await runtime(), args);
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'hello\n' });
    expect(stderr).toMatch(line(`${name} [\\d.]+ is not Node`));
  });

  it.each([
    ['is cut short', (text: string) => text.slice(0, text.length / 2)],
    ['holds rubbish', (text: string) => text.replace(/^\/\/.*\bfunction\b/gm, '//fnuction')],
    ['throws while it loads', (text: string) => text.replaceAll('MeterProvider=class', 'MeterProvider=1/class')],
  ])('leaves an application alone whose copy of the preload %s, with one line', async (_how, damage) => {
    const copy = join(folder, 'register.cjs');
    writeFileSync(copy, damage(readFileSync(preload, 'utf8')));
    const program = run(
      ['--require', copy, '--eval', 'require("@onyx-metrics/otel"); process.exitCode = 5; process.disconnect()'],
      {},
      process.cwd(),
    );
    const { code, stderr } = await program.ended;
    expect(code).toBe(5);
    expect(stderr).toMatch(line(''));
  });
});
