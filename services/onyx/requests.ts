// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { catalogue } from '@onyx-metrics/otel/catalogue';
import { z } from 'zod';

/*
 * The bodies Onyx accepts; Suna checks a chat with the same schema before it passes it on. Of tasks and agents the catalogue says which
 * there are; its `other` stands for those there are not.
 */

const { task_type } = catalogue.onyx_task_completion_total.labels;
const { agent_type, status } = catalogue.onyx_active_agents.labels;

export const chatRequest = z.strictObject({
  message: z.string().min(1).max(4000),
  user_id: z.string().min(1).max(128),
  model: z.string().regex(/^[\w./:-]{1,64}$/, 'letters, digits and . / : - _ are allowed, at most 64'),
  stream: z.boolean().default(false),
  /** How many vectors to retrieve at most. */
  vector_count: z.int().min(1).max(200).default(8),
  /** Lowest similarity accepted; without it there is no limit. */
  similarity_threshold: z.number().min(0).max(1).optional(),
});
export type ChatRequest = z.output<typeof chatRequest>;

export const taskRequest = z.strictObject({
  task_type: z.enum(task_type.values).exclude(['other']),
  /** Things to work on; a task that finds none fails. */
  items: z.int().min(0).max(2400),
});
export type TaskRequest = z.output<typeof taskRequest>;

export const agentRequest = z.strictObject({ agent_type: z.enum(agent_type.values).exclude(['other']) });
export type AgentRequest = z.output<typeof agentRequest>;

export const agentChange = z.strictObject({ status: z.enum(status.values).exclude(['starting', 'other']) });
export type AgentChange = z.output<typeof agentChange>;

/** The `done` event of a streamed chat, and part of a plain answer. */
export interface ChatEnd {
  /** Documents the answer was made from. */
  readonly vector_count: number;
  /** The best of them. */
  readonly sources: readonly { readonly id: number; readonly score: number }[];
  /** How long it took to find them, and the model to answer. */
  readonly seconds: { readonly retrieve: number; readonly generate: number };
}
