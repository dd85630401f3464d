// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import color from 'picocolors';
import { arrivals, baseline } from '../load/arrival.ts';
import { runLoad } from '../load/driver.ts';
import { failures } from '../load/ledger.ts';
import { makePlan } from '../load/plan.ts';
import { type Scenario, type ScenarioName, scenarioNames, scenarios } from '../scenarios/scenarios.ts';
import { Stage } from '../scenarios/stage.ts';
import { readSettings, settings as variables } from './environment.ts';
import { endOrphans } from './processes/run-folder.ts';
import { type OnyxLanguage, onyxLanguages } from './stack/platform.ts';
import { preflight } from './stack/preflight.ts';
import type { Stack } from './stack/stack.ts';
import { startWithProgress } from './stack/start-with-progress.ts';
import { runVerifier, verificationFile } from './stack/verification.ts';

const command = new Command('npm start --')
  .description('Starts the platform and its metrics pipeline on this machine, until Ctrl-C.')
  .option(
    '--once',
    'drive 20 users with 100 messages, show what arrived in Prometheus, verify every promise, stop; exit code 0 if all is well',
  )
  .option('--no-load', 'no demonstration load, and no canary')
  .addOption(
    new Option('--scenario <name>', 'after a minute in which all is well, something goes wrong: see --list-scenarios')
      .choices(scenarioNames)
      .conflicts(['once', 'load']),
  )
  .option('--list-scenarios', 'say what goes wrong in each scenario, and start nothing')
  .addOption(new Option('--onyx <language>', 'what Onyx is written in').choices(onyxLanguages).default('node'))
  .addHelpText('after', `\nEnvironment:\n${describeVariables()}`)
  .parse();
const options = command.opts<{
  once?: true;
  load: boolean;
  onyx: OnyxLanguage;
  scenario?: ScenarioName;
  listScenarios?: true;
}>();

/** Seconds in which boards show a platform that is well, before a scenario begins. */
const wellFor = 60;

/** Borders as characters only, no colours: the output may end up in a file. */
const plain = { head: [], border: [], compact: true };

const interrupted = new AbortController();
onInterrupt(
  () => {
    say('\nStopping; once more to kill at once.');
    interrupted.abort();
  },
  // The exit hook of process-groups.ts kills every child with all it started.
  () => process.exit(130),
);

try {
  process.exitCode = await main(interrupted.signal);
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
// Whatever may still hold the event loop is of no interest: every child has ended.
process.exit();

async function main(signal: AbortSignal): Promise<number> {
  if (options.listScenarios) {
    for (const name of scenarioNames) say(`${name}: ${scenarios[name].story}`);
    return 0;
  }
  const began = performance.now();
  const problems = await findProblems();
  if (problems.length > 0) {
    process.stderr.write(`${problems.join('\n')}\n`);
    return 2;
  }
  // Where everything that is asked is counted, nothing else asks.
  const canary = options.load && !options.once;
  const { stack, whileUp } = await startWithProgress({ signal, onyx: options.onyx, canary });
  try {
    say(describeStack(stack, (performance.now() - began) / 1000));
    return await (options.once ? driveOnce(stack, whileUp) : stay(stack, whileUp));
  } finally {
    await stack.stop();
  }
}

async function findProblems(): Promise<string[]> {
  try {
    const settings = readSettings();
    const orphans = await endOrphans(settings.cacheDir);
    if (orphans > 0) say(`Ended ${orphans} processes that a killed start had left.`);
    return await preflight(settings);
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Resolves on Ctrl-C, which is how this is meant to end. */
async function stay(stack: Stack, signal: AbortSignal): Promise<number> {
  stack.showDashboards().then(
    () =>
      say(
        `Dashboards: http://localhost:${new URL(stack.urls.preview).port}, as user admin with the password in\n` +
          `${stack.secretsDir}/grafana_admin_password (admin, unless ONYX_GRAFANA_PASSWORD_FILE names another)`,
      ),
    (error: Error) => signal.aborted || say(color.yellow(`The dashboards cannot be shown: ${error.message}`)),
  );
  say('Running until Ctrl-C.');
  const ended = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  if (options.load) await Promise.race([ended, play(new Stage(stack), signal)]);
  await ended;
  if (!interrupted.signal.aborted) throw signal.reason;
  return 0;
}

/** Rejects when the scenario cannot be played. */
async function play(stage: Stage, signal: AbortSignal): Promise<void> {
  await stage.play();
  if (options.scenario === undefined) return;
  const { story, conclusion } = scenarios[options.scenario] as Scenario;
  say(`All is well for ${wellFor} seconds. Then: ${story}`);
  await delay(wellFor * 1000, undefined, { signal });
  await stage.play(scenarios[options.scenario]);
  const { alert, board, panel, lines } = conclusion;
  say(
    `${new Date().toLocaleTimeString()}: ${story}\nThe alert ${alert} will name the cause, and the panel "${panel}" of /d/${board} shows it: ${lines.join(', ')}.`,
  );
}

async function driveOnce(stack: Stack, signal: AbortSignal): Promise<number> {
  const prometheusUrl = stack.urls.prometheus;
  say('Waiting for a first scrape of every service');
  const before = await baseline({ prometheusUrl, signal });
  say('20 users send 100 chat messages');
  const ledger = await runLoad({ sunaUrl: stack.urls.suna, plan: makePlan(), signal });
  say('Waiting for Prometheus to have all of it');
  const rows = await arrivals({ prometheusUrl, before, ledger, signal });
  const table = new Table({ head: ['', 'driven', 'arrived', ''], style: plain });
  for (const { what, driven, arrived, complete, atLeast } of rows) {
    table.push([
      what,
      `${atLeast ? 'at least ' : ''}${driven}`,
      arrived,
      complete ? color.green('ok') : color.red('MISSING'),
    ]);
  }
  say(table.toString());
  if (!rows.every(({ complete }) => complete)) {
    for (const [failure, chats] of failures(ledger)) say(`${chats} chats failed: ${failure}`);
    return 1;
  }
  say('Verifying every promise');
  return runVerifier(['--settings', verificationFile(stack.dir)], signal);
}

/** The first signal stops in order, a second one kills. */
function onInterrupt(first: () => void, second: () => void): void {
  let at: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (at === undefined) {
        at = performance.now();
        first();
        // One Ctrl-C may come twice: from the terminal to everybody, and passed on by npm.
      } else if (performance.now() - at > 300) second();
    });
  }
}

function describeStack(stack: Stack, seconds: number): string {
  const { urls, credentials, processes } = stack;
  const places: Readonly<Record<keyof typeof processes, string>> = {
    suna: urls.suna,
    onyx: urls.onyx,
    litellm: urls.litellm,
    qdrant: `${urls.qdrant} (stand-in on Qdrant's engine)`,
    postgres: `127.0.0.1:${stack.postgres.port}`,
    redis: `127.0.0.1:${stack.redisPort}`,
    collector: `${urls.otlp} (OTLP)`,
    prometheus: `${urls.prometheus}/api/v1/query?query=up (API, no user interface)`,
    preview: `${urls.preview} (the dashboards, as admin)`,
    alertmanager: `${urls.alertmanager}/api/v2/alerts (API, no user interface)`,
    canary: `asks ${urls.suna} (docs/guides/canary.md)`,
  };
  const table = new Table({ head: ['service', 'address', 'state', 'ready in'], style: plain });
  for (const [name, { pid, secondsToReady }] of Object.entries(processes)) {
    const place = places[name as keyof typeof places];
    table.push([name, place, pid === undefined ? 'ended' : 'ready', `${secondsToReady.toFixed(1)} s`]);
  }
  const { username, password } = credentials.metrics;
  const weak = password === 'admin' ? color.yellow(' (the default: name another in ONYX_METRICS_PASSWORD_FILE)') : '';
  return [
    table.toString(),
    `Ready in ${seconds.toFixed(1)} s. Prometheus scrapes the addresses below. Read them as user ${username} with the password in`,
    `${stack.secretsDir}/metrics_password${weak}. All other credentials are in the same folder.`,
    ...Object.entries(urls.endpoints).map(([name, url]) => `  ${name.padEnd(9)} ${url}`),
    `Logs: ${stack.dir}/logs`,
    `To verify it: npm run verify (reads ${verificationFile(stack.dir)})`,
  ].join('\n');
}

function describeVariables(): string {
  return Object.values(variables)
    .map(({ variable, meaning, fallback }) => `  ${variable.padEnd(28)}${meaning}${fallback ? ` [${fallback}]` : ''}`)
    .join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
