// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { z } from 'zod';

/** The bodies Onyx accepts; Suna checks with the same schemas before it passes a body on. */

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
  task_type: z.enum(['ingest', 'research', 'summarize', 'export']),
  /** Things to work on; a task that finds none fails. */
  items: z.int().min(0).max(2400),
});
export type TaskRequest = z.output<typeof taskRequest>;

export const agentRequest = z.strictObject({ agent_type: z.enum(['chat', 'research', 'ingest']) });
export type AgentRequest = z.output<typeof agentRequest>;

export const agentChange = z.strictObject({ status: z.enum(['running', 'waiting']) });
export type AgentChange = z.output<typeof agentChange>;

/** Parameter of the paths of one task or one agent. */
export const identified = z.object({ id: z.uuid() });

/** The `done` event of a streamed chat, and part of a plain answer. */
export interface ChatEnd {
  /** Documents the answer was made from. */
  readonly vector_count: number;
  /** The best of them. */
  readonly sources: readonly { readonly id: number; readonly score: number }[];
}
