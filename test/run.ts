// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { createVitest, parseCLI } from 'vitest/node';
import { goBuilds, goTests } from '../collector-config/go-builds.ts';
import { readSettings } from '../services/native/environment.ts';
import { binary, built } from '../services/native/programs/binaries.ts';
import { installPreview, previewPage } from '../services/native/programs/preview.ts';
import { platformPython } from '../services/native/programs/python.ts';
import { redisServer } from '../services/native/programs/redis.ts';
import { preflight } from '../services/native/stack/preflight.ts';
import { showSteps } from '../services/native/stack/progress.ts';
import { missingForEngine } from './docker/helpers/engine.ts';
import { buildImages } from './docker/helpers/images.ts';
import { ImportGraph, type Need } from './needs.ts';
import { pythonServices } from './otel/python/python.ts';
import { cCompiler } from './requirement.ts';

/*
 * `npm test`: every program that the asked tests start is built first, in sight, so that no test spends its time on it; then vitest runs
 * with the arguments given here (a file name, `-t <title>`, `--project unit`, …).
 */

const root = path.resolve(import.meta.dirname, '..');
const interrupted = new AbortController();
// A terminal tells vitest too; wait for it to stop what its tests have started.
process.on('SIGINT', () => interrupted.abort(new Error('interrupted')));

try {
  const needs = await needed(process.argv.slice(2));
  if (needs.size > 0) await buildAll(needs);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

const { exitCode } = await execa(
  process.execPath,
  [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', reject: false },
);
process.exitCode = exitCode ?? 1;

/** What the tests that vitest would run with these arguments need. */
async function needed(args: readonly string[]): Promise<ReadonlySet<Need>> {
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  const vitest = await createVitest('test', { ...options, root, watch: false, reporters: [{}] });
  try {
    const specifications = await vitest.globTestSpecifications(filter);
    const files = [...new Set(specifications.map(({ moduleId }) => path.relative(root, moduleId)))];
    return (await ImportGraph.of(files)).needs(files);
  } finally {
    await vitest.close();
  }
}

async function buildAll(needs: ReadonlySet<Need>): Promise<void> {
  const settings = readSettings();
  // Tests take free ports, so the ones people open may be in use.
  const ports = {
    sunaPort: await getPort(),
    grafanaPort: await getPort(),
    prometheusPort: await getPort(),
    otlpPort: await getPort(),
  };
  const faults = await preflight({ ...settings, ...ports });
  if (faults.length > 0) throw new Error(faults.join('\n'));

  const { signal } = interrupted;
  const docker = needs.has('docker') && (await missingForEngine()) === undefined;
  const programs = goBuilds
    .map(({ name }) => name)
    .filter((name) => needs.has(name) && (docker || name !== 'docker-compose') && (name !== 'vale' || cCompiler()));
  const preview = () => installPreview(signal).then(() => previewPage(settings, signal));
  const steps = [
    ...programs.map((name) => ({ title: name, done: binary(name, settings, signal) })),
    ...(needs.has('goTests')
      ? Object.values(goTests).map((tests) => ({ title: tests.name, done: built(tests, settings, signal) }))
      : []),
    ...(docker ? [{ title: 'Docker images, in place of those of a registry', done: buildImages(signal) }] : []),
    ...(needs.has('preview') ? [{ title: "The dashboards' preview", done: preview() }] : []),
    ...(needs.has('python')
      ? [{ title: 'LiteLLM and the Qdrant stand-in', done: platformPython(settings, signal) }]
      : []),
    ...(needs.has('pythonServices')
      ? [{ title: 'Python services and their preload', done: pythonServices(signal) }]
      : []),
    ...(needs.has('redis') ? [{ title: 'Redis', done: redisServer(settings, signal) }] : []),
  ];
  // What one of them cannot do, the others need not go on for.
  for (const { done } of steps) done.catch((error) => interrupted.abort(error));
  await showSteps(steps);
  await Promise.all(steps.map(({ done }) => done));
}
