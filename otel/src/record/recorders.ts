// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { canary, type catalogue } from '../catalogue/catalogue.ts';
import { counter, histogram, observed, quietly, startClock, upDownCounter } from './instruments.ts';
import { durationCategory, similarityThreshold, vectorCount } from './label-values.ts';

/**
 * Typed recorders for the platform's four metrics. They never throw, whatever they are given. All have one shape: `start(labels)` returns
 * what is ended with what is known at the end, `measure(labels, action)` does both around a promise, and `record(seconds, labels)` takes
 * a time from elsewhere. `agents` counts who is active, so there is no time to record.
 */

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

/** How a chat ended. */
export interface ChatEnd {
  /** Whether the user got a whole answer. */
  readonly success: boolean;
}

/** A chat whose clock runs. */
export interface RunningChat {
  /** Records the chat, the first time it is called. */
  end(outcome: ChatEnd): void;
}

const canaryUser = process.env.ONYX_CANARY_USER_ID || canary.user;

/** The one place that keeps the canary out of what users do: its chats count in its own metrics only. */
function recordUsersChat(seconds: number, model: string, userId: string, success: boolean): void {
  if (userId !== canaryUser) recordChat(seconds, { model, user_id: userId, success });
}

/** `onyx_chat_duration_seconds`: from receiving a chat request of a user, who is not the canary, to the end of its answer. */
export const chat = {
  /**
   * Records a chat that was timed elsewhere.
   *
   * @param seconds from 0 to a day; anything else is dropped and counted
   */
  record(seconds: number, labels: ChatLabels & ChatEnd): void {
    quietly(chatName, () => recordUsersChat(seconds, labels.model, labels.userId, labels.success === true));
  },

  /** Starts the clock of a chat whose end is not a promise, such as a streamed answer. */
  start(labels: ChatLabels): RunningChat {
    const known = quietly(chatName, () => ({ model: labels.model, user_id: labels.userId }));
    return startClock(chatName, (seconds, outcome) => {
      if (known === undefined) return;
      // Not spread: that takes three times as long as all the rest.
      recordUsersChat(seconds, known.model, known.user_id, outcome.success === true);
    });
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

/** What a retrieval found. */
export interface RetrievalEnd {
  /** Number of vectors retrieved, 0 for an empty retrieval. */
  readonly vectorCount: number;
}

/** A retrieval whose clock runs. */
export interface RunningRetrieval {
  /** Records the retrieval, the first time it is called. One that failed is not ended: nothing was retrieved. */
  end(outcome: RetrievalEnd): void;
}

/** `onyx_rag_retrieval_duration_seconds`: from a query's text to its vectors, reranking included. */
export const rag = {
  /**
   * Records a retrieval that was timed elsewhere.
   *
   * @param seconds from 0 to a day; anything else is dropped and counted
   */
  record(seconds: number, labels: RetrievalLabels & RetrievalEnd): void {
    quietly(retrievalName, () =>
      recordRetrieval(seconds, {
        vector_count: vectorCount(labels.vectorCount),
        similarity_threshold: similarityThreshold(labels.similarityThreshold),
      }),
    );
  },

  /** Starts the clock of a retrieval whose end is not a promise. */
  start(labels: RetrievalLabels): RunningRetrieval {
    return startClock(retrievalName, (seconds, { vectorCount }) => rag.record(seconds, { ...labels, vectorCount }));
  },

  /**
   * Runs `retrieve` and records how long it took with the number of vectors `count` finds in its result. A rejection is
   * passed on and not recorded: nothing was retrieved.
   */
  measure<T>(labels: RetrievalLabels, retrieve: () => Promise<T>, count: (result: T) => number): Promise<T> {
    const running = rag.start(labels);
    return observed(retrievalName, retrieve, (outcome) => {
      if (outcome.success) running.end({ vectorCount: count(outcome.result) });
    });
  },
};

/** A background task. */
export interface TaskLabels {
  /** What it is for; one that is not in the catalogue shows as `other`. */
  readonly taskType: TaskType;
}

/** How a background task ended. */
export interface TaskEnd {
  /** Whether it did what it was for. */
  readonly success: boolean;
}

/** A background task whose clock runs. */
export interface RunningTask {
  /** Counts the task, the first time it is called. */
  end(outcome: TaskEnd): void;
}

/** `onyx_task_completion_total`: background tasks that ended, each in the class its duration falls in. */
export const task = {
  /**
   * Counts a task that was timed elsewhere.
   *
   * @param seconds how long the task took, from 0
   */
  record(seconds: number, labels: TaskLabels & TaskEnd): void {
    quietly(taskName, () =>
      countTask(1, {
        task_type: labels.taskType,
        success: labels.success === true,
        duration_category: durationCategory(seconds),
      }),
    );
  },

  /** Starts the clock of a task whose end is not a promise. */
  start(labels: TaskLabels): RunningTask {
    return startClock(taskName, (seconds, { success }) => task.record(seconds, { ...labels, success }));
  },

  /** Runs `work` and counts it; a rejection is a task without success, passed on unchanged. */
  measure<T>(labels: TaskLabels, work: () => Promise<T>): Promise<T> {
    const running = task.start(labels);
    return observed(taskName, work, (outcome) => running.end(outcome));
  },
};

/** An agent that begins. */
export interface AgentLabels {
  /** What it is for; one that is not in the catalogue shows as `other`. */
  readonly agentType: AgentType;
  /** `running` unless told otherwise. */
  readonly status?: AgentStatus;
}

/** An agent that is counted until it is ended. */
export interface ActiveAgent {
  /** Moves the agent to another status. */
  status(status: AgentStatus): void;
  /** Takes the agent out of the count, the first time it is called. */
  end(): void;
}

/** `onyx_active_agents`: agents this process runs now; never a number read from a store that others count too. */
export const agents = {
  /** Counts an agent from now on. One that is never ended is counted as long as the process lives. */
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
      end() {
        move(undefined);
      },
    };
  },

  /** Counts an agent while `work` runs; passes on what it returns or throws. */
  measure<T>(labels: AgentLabels, work: (agent: ActiveAgent) => Promise<T>): Promise<T> {
    const active = agents.start(labels);
    return observed(
      agentsName,
      () => work(active),
      () => active.end(),
    );
  },
};
