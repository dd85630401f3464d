// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
export { type Catalogue, type CatalogueMetric, catalogue, type MetricName } from './catalogue/catalogue.ts';
export {
  type AgentEnd,
  type AgentRecorder,
  type AgentRunLabels,
  agentRuns,
  type RunningAgent,
  type ToolCallLabels,
  toolCalls,
} from './record/agent-runs.ts';
export {
  defineMetrics,
  type MetricDefinition,
  type MetricHandle,
  type ObservableMetric,
  type RunningTimer,
} from './record/define-metrics.ts';
export { genAi, type ModelCall, type ModelCallEnd, type ModelUsage, type RunningModelCall } from './record/gen-ai.ts';
export { type RagStage, type RagStageLabels, type RunningRagStage, ragStages } from './record/rag-stages.ts';
export {
  type ActiveAgent,
  type AgentLabels,
  agents,
  type ChatLabels,
  chat,
  type RetrievalEnd,
  type RetrievalLabels,
  type RunningChat,
  type RunningRetrieval,
  type RunningTask,
  rag,
  type TaskEnd,
  type TaskLabels,
  task,
} from './record/recorders.ts';
