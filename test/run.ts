// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { goBuilds } from '../collector-config/go-builds.ts';
import { readSettings } from '../services/native/environment.ts';
import { binary } from '../services/native/programs/binaries.ts';
import { installPreview, previewPage } from '../services/native/programs/preview.ts';
import { platformPython } from '../services/native/programs/python.ts';
import { redisServer } from '../services/native/programs/redis.ts';
import { preflight } from '../services/native/stack/preflight.ts';
import { showSteps } from '../services/native/stack/progress.ts';
import { missingForEngine } from './docker/engine.ts';
import { buildImages } from './docker/images.ts';

/*
 * `npm test`: every program the tests start is built first, in sight, so that no test spends its time on it; then vitest runs with the
 * arguments given here (a file name, `-t <title>`, `--project unit`, …).
 */

const root = path.resolve(import.meta.dirname, '..');
const interrupted = new AbortController();
// A terminal tells vitest too; wait for it to stop what its tests have started.
process.on('SIGINT', () => interrupted.abort(new Error('interrupted')));

try {
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
  // Images take minutes: a run of other files than those of Docker does without.
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const asked = named.length === 0 || named.some((argument) => argument.includes('docker'));
  const docker = asked && (await missingForEngine()) === undefined;
  const programs = goBuilds.map(({ name }) => name).filter((name) => docker || name !== 'docker-compose');
  const steps = [
    ...programs.map((name) => ({ title: name, done: binary(name, settings, signal) })),
    ...(docker ? [{ title: 'Docker images, in place of those of a registry', done: buildImages(signal) }] : []),
    { title: "The dashboards' preview", done: installPreview(signal).then(() => previewPage(settings, signal)) },
    { title: 'LiteLLM and the Qdrant stand-in', done: platformPython(settings, signal) },
    { title: 'Redis', done: redisServer(settings, signal) },
  ];
  // What one of them cannot do, the others need not go on for.
  for (const { done } of steps) done.catch((error) => interrupted.abort(error));
  await showSteps(steps);
  await Promise.all(steps.map(({ done }) => done));
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
