// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Stack } from '../../services/native/stack/stack.ts';

/** A comparison at the end of a scenario. */
export interface Check {
  readonly what: string;
  readonly expected: number;
  readonly found: number;
  readonly passed: boolean;
}

export interface Outcome {
  /** What was done to the stack and when, in seconds since the load began. */
  readonly events: readonly { readonly seconds: number; readonly what: string }[];
  readonly checks: readonly Check[];
  /** More that is worth keeping, by name. */
  readonly findings?: Readonly<Record<string, unknown>>;
}

/** A check that is passed when what was found is exactly what was expected, unless said otherwise. */
export function check(what: string, expected: number, found: number, passed = found === expected): Check {
  return { what, expected, found, passed };
}

/** Something that takes minutes to show, run against a stack of its own at production intervals. */
export interface Scenario {
  readonly name: string;
  /** What the scenario shows, one sentence. */
  readonly claim: string;
  /** Flags of Node for the services of its stack. */
  readonly nodeFlags?: readonly string[];
  readonly run: (stack: Stack, minutes: number, say: (text: string) => void) => Promise<Outcome>;
}

/** Something about the sources themselves, which needs no stack. */
export interface ScenarioOfSources {
  readonly name: string;
  readonly claim: string;
  readonly runOnSources: (signal: AbortSignal, say: (text: string) => void) => Promise<Outcome>;
}
