export { type Catalogue, type CatalogueMetric, catalogue, type MetricName } from './catalogue.ts';
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
