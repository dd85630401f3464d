// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { genAi as names } from '../catalogue/gen-ai-names.ts';
import { errorType } from './error-type.ts';
import { histogram, type LabelsOf, type Measure, observed, quietly, startClock } from './instruments.ts';

/** Recorders for runs of agents and calls of tools, by the GenAI conventions. They never throw, whatever they are given. */

/** Which agent runs. */
export interface AgentRunLabels {
  /** Its name, of which there are few: not that of a user's own agent, nor an id. */
  readonly agent: string;
}

/** Which tool is called. */
export interface ToolCallLabels {
  /** Its name. */
  readonly tool: string;
  /** The agent that calls it, if one does. */
  readonly agent?: string | undefined;
}

/** How a run or a call ended. */
export interface AgentEnd {
  /** Why it failed; leave it out for one that ended well. Its code, status or class becomes `error.type`. */
  readonly error?: unknown;
}

/** A run or a call whose clock runs. */
export interface RunningAgent {
  /** Records it, the first time it is called. */
  end(end?: AgentEnd): void;
}

/** How each run of an agent, or each call of a tool, is recorded. */
export interface AgentRecorder<Labels> {
  /**
   * Records one that was timed elsewhere.
   *
   * @param seconds from 0 to a day; anything else is dropped and counted
   */
  record(seconds: number, labels: Labels & AgentEnd): void;

  /** Starts the clock of one whose end is not a promise, such as a streamed answer. */
  start(labels: Labels): RunningAgent;

  /** Runs `action` and records how long it took; a rejection is a failure, passed on unchanged. */
  measure<T>(labels: Labels, action: () => T | Promise<T>): Promise<T>;
}

function failure(error: unknown): LabelsOf<typeof names.agentDuration> {
  return error === undefined ? {} : { 'error.type': errorType(error) };
}

function recorder<Name extends typeof names.agentDuration | typeof names.toolDuration, Labels>(
  name: Name,
  labelsOf: (given: Labels) => Parameters<Measure<Name>>[1],
): AgentRecorder<Labels> {
  const recordDuration = histogram(name);
  const record = (seconds: number, labels: Parameters<Measure<Name>>[1], { error }: AgentEnd) =>
    recordDuration(seconds, { ...labels, ...failure(error) });
  const start = (given: Labels): RunningAgent => {
    const labels = quietly(name, () => labelsOf(given));
    const running = startClock<AgentEnd>(name, (seconds, end) => {
      if (labels !== undefined) record(seconds, labels, end);
    });
    return { end: (end = {}) => running.end(end) };
  };
  return {
    record(seconds, given) {
      quietly(name, () => record(seconds, labelsOf(given), given));
    },
    start,
    measure(given, action) {
      const running = start(given);
      return observed(name, action, (outcome) =>
        running.end(outcome.success ? {} : { error: outcome.error ?? 'unknown' }),
      );
    },
  };
}

/**
 * `gen_ai.invoke_agent.*`: runs of agents, from the call to the end of the answer.
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
 */
export const agentRuns: AgentRecorder<AgentRunLabels> = recorder(names.agentDuration, ({ agent }: AgentRunLabels) => ({
  [names.agent]: agent,
}));

/** `gen_ai.execute_tool.*`: calls of tools, well or not. */
export const toolCalls: AgentRecorder<ToolCallLabels> = recorder(
  names.toolDuration,
  ({ tool, agent }: ToolCallLabels) => ({ [names.tool]: tool, ...(agent !== undefined && { [names.agent]: agent }) }),
);
