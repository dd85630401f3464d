// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
export { type Catalogue, type CatalogueMetric, catalogue, type MetricName } from './catalogue.ts';
export { defineMetrics, type MetricDefinition, type MetricHandle, type ObservableMetric } from './define-metrics.ts';
export { genAi, type ModelCall, type ModelCallEnd, type ModelUsage, type RunningModelCall } from './gen-ai.ts';
export { type RagStage, ragStages } from './rag-stages.ts';
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
} from './recorders.ts';
