// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { catalogue } from '../catalogue/catalogue.ts';
import { counter, histogram, observed, quietly, secondsSince, upDownCounter } from './instruments.ts';
import { durationCategory, similarityThreshold, vectorCount } from './label-values.ts';

/** Typed recorders for the platform's four metrics. They never throw, whatever they are given. */

type Labels<Name extends keyof typeof catalogue> = (typeof catalogue)[Name]['labels'];
type TaskType = Labels<'onyx_task_completion_total'>['task_type']['values'][number];
type AgentType = Labels<'onyx_active_agents'>['agent_type']['values'][number];
type AgentStatus = Labels<'onyx_active_agents'>['status']['values'][number];

const chatName = 'onyx_chat_duration_seconds';
const retrievalName = 'onyx_rag_retrieval_duration_seconds';
const taskName = 'onyx_task_completion_total';
const agentsName = 'onyx_active_agents';

const recordChat = histogram(chatName);
const recordRetrieval = histogram(retrievalName);
const countTask = counter(taskName);
const countAgents = upDownCounter(agentsName);

/** Whose chat with which model. */
export interface ChatLabels {
  /** Name of the model that was asked for. */
  readonly model: string;
  /** Raw user id; it leaves the process only as a pseudonym. */
  readonly userId: string;
}

/** A chat whose clock runs. */
export interface RunningChat {
  /** Records the chat, the first time it is called. */
  end(outcome: {
    /** Whether the user got a whole answer. */
    readonly success: boolean;
  }): void;
}

/** `onyx_chat_duration_seconds`: from receiving a chat request to the end of its answer. */
export const chat = {
  /** Starts the clock of a chat whose end is not a promise, such as a streamed answer. */
  start(labels: ChatLabels): RunningChat {
    const start = performance.now();
    const known = quietly(chatName, () => ({ model: labels.model, user_id: labels.userId }));
    let ended = false;
    return {
      end(outcome) {
        if (ended || known === undefined) return;
        ended = true;
        const { model, user_id } = known;
        quietly(chatName, () => recordChat(secondsSince(start), { model, user_id, success: outcome.success === true }));
      },
    };
  },

  /** Runs `answer` and records how long it took; a rejection is a chat without success, passed on unchanged. */
  measure<T>(labels: ChatLabels, answer: () => Promise<T>): Promise<T> {
    const running = chat.start(labels);
    return observed(chatName, answer, (outcome) => running.end(outcome));
  },
};

/** How a retrieval was asked for. */
export interface RetrievalLabels {
  /** Lowest similarity accepted, 0 to 1; leave it out when none was applied. */
  readonly similarityThreshold?: number | undefined;
}

/** `onyx_rag_retrieval_duration_seconds`: from a query's text to its vectors, reranking included. */
export const rag = {
  /**
   * Records a retrieval that was timed elsewhere.
   *
   * @param seconds from 0 to a day; anything else is dropped and counted
   */
  record(
    labels: RetrievalLabels & {
      /** Number of vectors retrieved, 0 for an empty retrieval. */
      readonly vectorCount: number;
    },
    seconds: number,
  ): void {
    quietly(retrievalName, () =>
      recordRetrieval(seconds, {
        vector_count: vectorCount(labels.vectorCount),
        similarity_threshold: similarityThreshold(labels.similarityThreshold),
      }),
    );
  },

  /**
   * Runs `retrieve` and records how long it took with the number of vectors `count` finds in its result. A rejection is
   * passed on and not recorded: nothing was retrieved.
   */
  measure<T>(labels: RetrievalLabels, retrieve: () => Promise<T>, count: (result: T) => number): Promise<T> {
    const start = performance.now();
    return observed(retrievalName, retrieve, (outcome) => {
      const seconds = secondsSince(start);
      if (outcome.success) rag.record({ ...labels, vectorCount: count(outcome.result) }, seconds);
    });
  },
};

/** A background task that ended. */
export interface TaskEnd {
  /** What it was for; one that is not in the catalogue shows as `other`. */
  readonly taskType: TaskType;
  /** Whether it did what it was for. */
  readonly success: boolean;
  /** How long the task took in seconds, from 0. */
  readonly seconds: number;
}

/** `onyx_task_completion_total`: background tasks that ended. */
export const task = {
  /** Counts a task, in the class its duration falls in. */
  complete(end: TaskEnd): void {
    quietly(taskName, () =>
      countTask(1, {
        task_type: end.taskType,
        success: end.success === true,
        duration_category: durationCategory(end.seconds),
      }),
    );
  },
};

/** An agent that begins. */
export interface AgentLabels {
  /** What it is for; one that is not in the catalogue shows as `other`. */
  readonly agentType: AgentType;
  /** `running` unless told otherwise. */
  readonly status?: AgentStatus;
}

/** An agent that is counted until it is stopped. */
export interface ActiveAgent {
  /** Moves the agent to another status. */
  status(status: AgentStatus): void;
  /** Takes the agent out of the count, the first time it is called. */
  stop(): void;
}

/** `onyx_active_agents`: agents this process runs now; never a number read from a store that others count too. */
export const agents = {
  /** Counts an agent from now on. One that is never stopped is counted as long as the process lives. */
  start(labels: AgentLabels): ActiveAgent {
    const known = quietly(agentsName, () => ({ type: labels.agentType, status: labels.status ?? 'running' }));
    let current: AgentStatus | undefined;
    const move = (next: AgentStatus | undefined): void => {
      if (current !== undefined) countAgents(-1, { agent_type: known?.type, status: current });
      if (next !== undefined) countAgents(1, { agent_type: known?.type, status: next });
      current = next;
    };
    move(known?.status);
    return {
      status(next) {
        if (current !== undefined && next !== undefined) move(next);
      },
      stop() {
        move(undefined);
      },
    };
  },
};
