// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import Table from 'cli-table3';
import { InvalidArgumentError, program } from 'commander';
import { startWithProgress } from '../../services/native/stack/start-with-progress.ts';
import { circumstances, writeResult } from '../result.ts';
import type { Check, Outcome, Scenario, ScenarioOfSources } from './scenario.ts';
import { collectorOutage } from './scenarios/collector-outage.ts';
import { collectorRestart } from './scenarios/collector-restart.ts';
import { onThanos, onVictoriaMetrics } from './scenarios/engines.ts';
import { labelFlood } from './scenarios/label-flood.ts';
import { mutations } from './scenarios/mutations.ts';
import { prometheusRestart } from './scenarios/prometheus-restart.ts';
import { serviceRestarts } from './scenarios/service-restarts.ts';

const scenarios = [
  ...[collectorRestart, collectorOutage, prometheusRestart, serviceRestarts, labelFlood],
  ...[onThanos, onVictoriaMetrics, mutations],
];
const results = path.join(import.meta.dirname, 'results');
const packages = ['@opentelemetry/sdk-metrics', 'express'];

const say = (text: string) => process.stderr.write(`${text}\n`);

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('give a number above 0.');
  return number;
}

function table(checks: readonly Check[]): string {
  const rows = new Table({ head: ['', 'expected', 'found', ''], style: { head: [], border: [] } });
  for (const { what, expected, found, passed } of checks) rows.push([what, expected, found, passed ? 'ok' : 'WRONG']);
  return rows.toString();
}

/** @returns whether everything was as expected */
async function run(scenario: Scenario | ScenarioOfSources, minutes: number, signal: AbortSignal): Promise<boolean> {
  const { name, claim } = scenario;
  say(`${name}: ${claim}`);
  const where = await circumstances(packages);
  const {
    events,
    checks,
    findings = {},
  } = await ('run' in scenario ? runOnStack(scenario, minutes, signal) : scenario.runOnSources(signal, say));
  process.stdout.write(`${table(checks)}\n`);
  const facts = { name, claim, ...where, ...('run' in scenario && { minutes }), checks, events, ...findings };
  say(`Kept in ${await writeResult(results, name, facts)}`);
  return checks.every(({ passed }) => passed);
}

async function runOnStack({ nodeFlags = [], run }: Scenario, minutes: number, signal: AbortSignal): Promise<Outcome> {
  const { stack, whileUp } = await startWithProgress({ ports: 'free', nodeFlags, signal });
  try {
    const cutShort = new Promise<never>((_, reject) => {
      whileUp.addEventListener('abort', () => reject(whileUp.reason), { once: true });
    });
    return await Promise.race([run(stack, minutes, say), cutShort]);
  } finally {
    await stack.stop();
  }
}

program
  .name('npm run soak --')
  .description('Runs scenarios that take minutes, at production intervals; keeps the results in test/soak/results.')
  .argument(
    '[scenario...]',
    `which scenarios: ${scenarios.map(({ name }) => name).join(', ')}`,
    scenarios.map(({ name }) => name),
  )
  .option('--list', 'say what each scenario shows, and run none', false)
  .option('--minutes <count>', 'how long each scenario is under load', positive, 6)
  .action(async (names: readonly string[], { minutes, list }: { readonly minutes: number; readonly list: boolean }) => {
    if (list) {
      for (const { name, claim } of scenarios) process.stdout.write(`${name}: ${claim}\n`);
      return;
    }
    const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
    if (unknown.length > 0) program.error(`no scenario is called ${unknown.join(', ')}`);
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
    for (const scenario of scenarios.filter(({ name }) => names.includes(name))) {
      if (!(await run(scenario, minutes, interrupted.signal))) process.exitCode = 1;
    }
  });

try {
  await program.parseAsync();
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}
// What an interrupted scenario still waits for is of no interest: its stack has been stopped.
process.exit();
