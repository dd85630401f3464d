// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { execa } from 'execa';
import { showSteps } from '../services/native/stack/progress.ts';

/*
 * `npm run check`: what can be said of a change without building anything. The scripts of package.json first, at the same time; then the
 * tests that start no other program, with the arguments given here.
 */

const root = path.resolve(import.meta.dirname, '..');
const scripts = { lint: 'style', typecheck: 'types', imports: 'borders', deadcode: 'dead code' };

const steps = Object.entries(scripts).map(([script, title]) => ({
  title,
  done: execa('npm', ['run', '--silent', script], { cwd: root, all: true, env: { NO_COLOR: '1' } }).catch(
    ({ all }: { all?: string }) => {
      throw new Error(`npm run ${script} fails:\n${all}`);
    },
  ),
}));
for (const { done } of steps) done.catch(() => {});
await showSteps(steps);
const failed = (await Promise.allSettled(steps.map(({ done }) => done))).flatMap((result) =>
  result.status === 'rejected' ? [result.reason as Error] : [],
);
for (const { message } of failed) process.stderr.write(`${message}\n`);

const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const { exitCode } = await execa(process.execPath, [vitest, 'run', '--project', 'pure', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  reject: false,
});
process.exitCode = failed.length > 0 ? 1 : (exitCode ?? 1);
