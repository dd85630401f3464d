import { type Attributes, type Counter, type Histogram, metrics, type UpDownCounter } from '@opentelemetry/api';
import { type CatalogueMetric, catalogue, type Label, type MetricName } from './catalogue.ts';
import { durationCategory, similarityThreshold, vectorCount } from './label-values.ts';

/**
 * Typed recorders for the platform's four metrics. They are plain OpenTelemetry instruments on the global provider, so
 * they do nothing until `otel/register` (or any other SDK) has been loaded, and they never throw.
 */

type TaskType = (typeof catalogue.onyx_task_completion_total.labels.task_type.values)[number];
type AgentType = (typeof catalogue.onyx_active_agents.labels.agent_type.values)[number];
type AgentStatus = (typeof catalogue.onyx_active_agents.labels.status.values)[number];

const meter = metrics.getMeter('onyx');

function optionsOf(name: MetricName): { unit: string; description: string } {
  const { unit, description } = catalogue[name];
  return { unit, description };
}

/** Every label set of a metric whose labels are all closed. */
function closedSets(metric: CatalogueMetric): Attributes[] {
  return Object.entries<Label>(metric.labels).reduce<Attributes[]>(
    (sets, [name, label]) =>
      'values' in label ? sets.flatMap((set) => label.values.map((value) => ({ ...set, [name]: value }))) : [],
    [{}],
  );
}

const chatDuration: Histogram = meter.createHistogram(
  'onyx_chat_duration_seconds',
  optionsOf('onyx_chat_duration_seconds'),
);
const ragDuration: Histogram = meter.createHistogram(
  'onyx_rag_retrieval_duration_seconds',
  optionsOf('onyx_rag_retrieval_duration_seconds'),
);
const taskCompletion: Counter = meter.createCounter(
  'onyx_task_completion_total',
  optionsOf('onyx_task_completion_total'),
);
const activeAgents: UpDownCounter = meter.createUpDownCounter('onyx_active_agents', optionsOf('onyx_active_agents'));

// A series that exists at 0 from the start lets a dashboard tell "none yet" from "not measured".
for (const set of closedSets(catalogue.onyx_task_completion_total)) taskCompletion.add(0, set);
for (const set of closedSets(catalogue.onyx_active_agents)) activeAgents.add(0, set);

/** Seconds since `start`, a reading of the monotonic clock that no clock adjustment touches. */
function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function isDuration(seconds: unknown): seconds is number {
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0;
}

export interface ChatLabels {
  /** Name of the model that was asked for. */
  readonly model: string;
  /** Raw user id; it leaves the process only as a pseudonym. */
  readonly userId: string;
}

export interface RunningChat {
  /** Records the chat, the first time it is called. */
  end(outcome: { readonly success: boolean }): void;
}

/** `onyx_chat_duration_seconds`: from receiving a chat request to the end of its answer. */
export const chat = {
  /** Starts the clock of a chat whose end is not a promise, such as a streamed answer. */
  start({ model, userId }: ChatLabels): RunningChat {
    const start = performance.now();
    let ended = false;
    return {
      end({ success }) {
        if (ended) return;
        ended = true;
        chatDuration.record(secondsSince(start), { model, user_id: userId, success });
      },
    };
  },

  /** Runs `answer` and records how long it took; a rejection is a chat without success, passed on unchanged. */
  async measure<T>(labels: ChatLabels, answer: () => Promise<T>): Promise<T> {
    const running = chat.start(labels);
    try {
      const result = await answer();
      running.end({ success: true });
      return result;
    } catch (error) {
      running.end({ success: false });
      throw error;
    }
  },
};

export interface RetrievalLabels {
  /** Lowest similarity accepted, 0 to 1; leave it out when none was applied. */
  readonly similarityThreshold?: number | undefined;
}

/** `onyx_rag_retrieval_duration_seconds`: from a query's text to its vectors, reranking included. */
export const rag = {
  /**
   * @param labels.vectorCount vectors retrieved, 0 for an empty retrieval
   * @param seconds from 0; anything else is dropped
   */
  record(labels: RetrievalLabels & { readonly vectorCount: number }, seconds: number): void {
    if (!isDuration(seconds)) return;
    ragDuration.record(seconds, {
      vector_count: vectorCount(labels.vectorCount),
      similarity_threshold: similarityThreshold(labels.similarityThreshold),
    });
  },

  /** Runs `retrieve` and records how long it took with the number of vectors `count` finds in its result. */
  async measure<T>(labels: RetrievalLabels, retrieve: () => Promise<T>, count: (result: T) => number): Promise<T> {
    const start = performance.now();
    const result = await retrieve();
    rag.record({ ...labels, vectorCount: count(result) }, secondsSince(start));
    return result;
  },
};

export interface TaskEnd {
  readonly taskType: TaskType;
  readonly success: boolean;
  /** How long the task took, from 0. */
  readonly seconds: number;
}

/** `onyx_task_completion_total`: background tasks that ended. */
export const task = {
  complete({ taskType, success, seconds }: TaskEnd): void {
    taskCompletion.add(1, { task_type: taskType, success, duration_category: durationCategory(seconds) });
  },
};

export interface AgentLabels {
  readonly agentType: AgentType;
  /** `running` unless told otherwise. */
  readonly status?: AgentStatus;
}

export interface ActiveAgent {
  /** Moves the agent to another status. */
  status(status: AgentStatus): void;
  /** Takes the agent out of the count, the first time it is called. */
  stop(): void;
}

/** `onyx_active_agents`: agents this process runs now; never a number read from a store that others count too. */
export const agents = {
  start({ agentType, status = 'running' }: AgentLabels): ActiveAgent {
    let current: AgentStatus | undefined;
    const move = (next: AgentStatus | undefined): void => {
      if (current !== undefined) activeAgents.add(-1, { agent_type: agentType, status: current });
      if (next !== undefined) activeAgents.add(1, { agent_type: agentType, status: next });
      current = next;
    };
    move(status);
    return {
      status(next) {
        if (current !== undefined) move(next);
      },
      stop() {
        move(undefined);
      },
    };
  },
};
