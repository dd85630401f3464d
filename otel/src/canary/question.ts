// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { type Catalogue, catalogue } from '../catalogue/catalogue.ts';
import { secondsSince } from '../record/instruments.ts';
import type { CanarySettings } from './settings.ts';

type Result = Catalogue['onyx_canary_questions_total']['labels']['result']['values'][number];
type Stage = Catalogue['onyx_canary_stage_duration_seconds']['labels']['stage']['values'][number];

/** How a question ended. */
export interface Ended {
  readonly result: Result;
  /** Why it is not right, in words, without anything of the answer's text. */
  readonly why?: string;
  /** Seconds of each stage of a whole answer. Of one that tells of none, `rest` is all. */
  readonly stages?: Readonly<Partial<Record<Stage, number>>>;
}

/** What Suna answers. Whatever is not as expected is taken for missing. */
interface Answer {
  readonly answer?: unknown;
  readonly sources?: unknown;
  readonly seconds?: unknown;
}

/** Asks the known question once, as a user does, and judges what comes back. Never rejects. */
export async function ask(settings: CanarySettings): Promise<Ended> {
  const patience = AbortSignal.timeout(settings.timeout * 1000);
  const start = performance.now();
  try {
    const answer = await answerTo(settings, patience);
    return { ...judged(answer, settings), stages: stagesOf(answer, secondsSince(start)) };
  } catch (error) {
    if (patience.aborted) return { result: 'timeout', why: `no whole answer within ${settings.timeout} s` };
    const { message, cause } = error as Error;
    return { result: 'failed', why: cause instanceof Error ? cause.message || String(cause) : message };
  }
}

/** Rejects when there is no whole answer. */
async function answerTo(settings: CanarySettings, signal: AbortSignal): Promise<Answer> {
  const { url, question, model, userId, tokenFile } = settings;
  const token = tokenFile === '' ? '' : (await readFile(tokenFile, 'utf8')).trim();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'onyx-canary',
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ message: question, user_id: userId, model }),
    signal,
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`status ${response.status}`);
  try {
    return Object(JSON.parse(body));
  } catch {
    // Its message would quote the answer.
    throw new Error('the answer is not JSON');
  }
}

/** The document first: an answer from another one is wrong because of it. */
function judged({ answer, sources }: Answer, expected: CanarySettings): Pick<Ended, 'result' | 'why'> {
  const named = Array.isArray(sources) ? sources : [];
  if (!named.some((source) => Object.values(Object(source)).some((value) => String(value) === expected.document))) {
    const why = `the answer names ${named.length} documents, and none is ${expected.document}`;
    return { result: 'wrong_document', why };
  }
  if (expected.answer.test(String(answer))) return { result: 'right' };
  return { result: 'wrong_answer', why: `the answer does not match ${expected.answer}` };
}

function stagesOf({ seconds }: Answer, all: number): NonNullable<Ended['stages']> {
  const told: Readonly<Record<string, unknown>> = Object(seconds);
  const { values } = catalogue.onyx_canary_stage_duration_seconds.labels.stage;
  const stages = values.flatMap((stage): [Stage, number][] => {
    const value = told[stage];
    return typeof value === 'number' && value >= 0 && stage !== 'rest' ? [[stage, value]] : [];
  });
  const rest = Math.max(
    0,
    stages.reduce((left, [, value]) => left - value, all),
  );
  return Object.fromEntries([...stages, ['rest', rest]]);
}
