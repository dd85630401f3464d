// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
export { type Catalogue, type CatalogueMetric, catalogue, type MetricName } from './catalogue/catalogue.ts';
export {
  defineMetrics,
  type MetricDefinition,
  type MetricHandle,
  type ObservableMetric,
} from './record/define-metrics.ts';
export { genAi, type ModelCall, type ModelCallEnd, type ModelUsage, type RunningModelCall } from './record/gen-ai.ts';
export { type RagStage, ragStages } from './record/rag-stages.ts';
export {
  type ActiveAgent,
  type AgentLabels,
  agents,
  type ChatLabels,
  chat,
  type RetrievalLabels,
  type RunningChat,
  rag,
  type TaskEnd,
  task,
} from './record/recorders.ts';
