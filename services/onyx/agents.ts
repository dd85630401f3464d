// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { randomUUID } from 'node:crypto';
import { type ActiveAgent, agents } from '@onyx-metrics/otel';
import type { Redis } from 'ioredis';
import type { AgentChange, AgentRequest } from './requests.ts';

const key = 'onyx:agents';

interface RunningAgent {
  readonly type: AgentRequest['agent_type'];
  readonly active: ActiveAgent;
}

/** The agents this process runs, listed in Redis for others to see. */
export class Agents {
  readonly #redis: Redis;
  readonly #running = new Map<string, RunningAgent>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Forgets the agents of a process that did not end well. */
  async clear(): Promise<void> {
    await this.#redis.del(key);
  }

  /** Starts an agent and returns its id. */
  async start(type: AgentRequest['agent_type']): Promise<string> {
    const id = randomUUID();
    const active = agents.start({ agentType: type, status: 'starting' });
    this.#running.set(id, { type, active });
    try {
      await this.change(id, 'running');
    } catch (error) {
      this.#running.delete(id);
      active.end();
      throw error;
    }
    return id;
  }

  /** False when there is no such agent. */
  async change(id: string, status: AgentChange['status']): Promise<boolean> {
    const agent = this.#running.get(id);
    if (agent === undefined) return false;
    await this.#redis.hset(key, id, JSON.stringify({ type: agent.type, status }));
    agent.active.status(status);
    return true;
  }

  /** False when there is no such agent. */
  async stop(id: string): Promise<boolean> {
    const agent = this.#running.get(id);
    if (agent === undefined) return false;
    this.#running.delete(id);
    agent.active.end();
    await this.#redis.hdel(key, id);
    return true;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id)));
  }
}
