// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { counter, histogram, secondsSince } from '../record/instruments.ts';
import { ask } from './question.ts';
import { type CanarySettings, readCanarySettings } from './settings.ts';

/*
 * The canary: asks a known question about a known document again and again, the way a user does, and counts what comes back. It is
 * started with the preload, which exports its metrics: `node --require …/register.cjs …/canary.mjs`.
 */

const questionsName = 'onyx_canary_questions_total';
const stagesName = 'onyx_canary_stage_duration_seconds';

function say(line: string): void {
  process.stderr.write(`canary: ${line}\n`);
}

/** Goes on until the process ends. */
async function goOn(settings: CanarySettings): Promise<never> {
  const count = counter(questionsName);
  const time = histogram(stagesName);
  let before = '';
  for (;;) {
    const start = performance.now();
    const { result, why = '', stages = {} } = await ask(settings);
    count(1, { result });
    for (const [stage, seconds] of Object.entries(stages)) time(seconds, { stage });
    // A line for each change: a fault of a night would fill a log.
    if (before !== result) say(why === '' ? result : `${result}: ${why}`);
    before = result;
    await delay(Math.max(0, settings.interval - secondsSince(start)) * 1000);
  }
}

try {
  await goOn(readCanarySettings(process.env));
} catch (error) {
  for (const line of (error as Error).message.split('\n')) say(line);
  process.exitCode = 2;
}
