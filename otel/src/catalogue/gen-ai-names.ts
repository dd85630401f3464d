// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/**
 * Names of the GenAI conventions, whose status is "development": they may still change, and then here only.
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
 */
export const genAi = {
  duration: 'gen_ai.client.operation.duration',
  timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  tokens: 'gen_ai.client.token.usage',
  agentDuration: 'gen_ai.invoke_agent.duration',
  toolDuration: 'gen_ai.execute_tool.duration',

  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  model: 'gen_ai.request.model',
  tokenType: 'gen_ai.token.type',
  agent: 'gen_ai.agent.name',
  tool: 'gen_ai.tool.name',

  /** What `provider` was called before, and upstream's instrumentations still call it. */
  formerProvider: 'gen_ai.system',
} as const;
