// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { collectorOfFile } from '../../collector/helpers/collector-of-file.ts';
import { ended, work } from './celery.ts';
import { packagesFor, preload, source } from './python.ts';
import { counted, nameOf, serve, served } from './served.ts';
import { attached, run } from './service.ts';
import { pythonOf, versions } from './versions.ts';

/*
 * The same folder on each version of Python, with the frameworks that the tests of frameworks run.
 */

const found = await Promise.all(
  Object.keys(versions).map(async (version) => ({ version, words: await pythonOf(version) })),
);

const [collector, folder] = await Promise.all([collectorOfFile(), preload()]);

/** Lines of a series that counted something. */
async function lines(job: string, series: string): Promise<string[]> {
  const { body } = await collector.scrape('apps');
  const own = (line: string) => line.startsWith(series) && line.includes(`job="${job}"`) && !line.endsWith(' 0');
  return body.split('\n').filter(own);
}

describe.each(found)('Python $version', { timeout: 120_000 }, ({ version, words: [program = '', ...words] = [] }) => {
  const job = `on-${version.replace('.', '-')}`;
  const missing = program === '';
  let packages: string;
  beforeAll(async () => {
    if (!missing) packages = await packagesFor(version);
  }, 300_000);

  test.skipIf(missing)('passes the suite of the package', async () => {
    const { all, exitCode } = await execa(program, [...words, '-m', 'pytest', '-q', '.'], {
      cwd: join(source, 'tests'),
      env: { PYTHONPATH: `${folder}:${packages}`, PYTHONDONTWRITEBYTECODE: '1' },
      reject: false,
      all: true,
    });
    expect(exitCode, all).toBe(0);
  });

  test.skipIf(missing)('has what two of its processes counted arrive once', async () => {
    const env = { ...attached(folder, job, collector.otlp), OTEL_METRIC_EXPORT_INTERVAL: '60000' };
    expect(await run(program, [...words, 'ends.py', 'fork'], env).ended).toMatchObject({ code: 0, output: '5\n' });
    expect((await lines(job, 'ends_steps_total')).map((line) => line.split(' ').at(-1))).toEqual(['1', '1']);
  });

  test
    .skipIf(missing)
    .each(served.filter(({ everywhere }) => everywhere).map((each, index) => ({ ...each, index, name: nameOf(each) })))(
    'has every request of $name arrive once, by route',
    async ({ index, ...each }) => {
      const own = `${job}-${index}`;
      const env = attached(`${folder}:${packages}`, own, collector.otlp);
      const { ledger, output } = await serve([program, ...words], each, env);
      expect(output).not.toMatch(/^onyx_metrics: /m);
      expect((await counted(collector, own)).requests).toEqual(ledger);
    },
  );

  test.skipIf(missing)('has every task of Celery arrive once', async () => {
    const done = await work([program, ...words], 'prefork', `${folder}:${packages}`, `${job}-tasks`, collector);
    expect(done).toEqual({ code: 0, tasks: ended });
  });
});
