// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { Pool, type PoolConfig } from 'pg';
import type { Document } from './documents.ts';
import type { TaskRequest } from './requests.ts';

export interface ChatRow {
  readonly userId: string;
  readonly model: string;
  readonly success: boolean;
  /** Documents the answer was made from. */
  readonly vectorCount: number;
  readonly seconds: number;
}

export interface TaskRow {
  readonly task_type: TaskRequest['task_type'];
  /** `null` until the task has ended. */
  readonly success: boolean | null;
  readonly seconds: number | null;
}

/** What Onyx keeps in Postgres. The tables are in schema.sql, which the set-up of the database applies. */
export class Store {
  readonly #pool: Pool;

  /** @param failed is told when an idle connection breaks; the pool replaces it. */
  constructor(config: PoolConfig, failed: (error: Error) => void) {
    this.#pool = new Pool({ ...config, max: 10, connectionTimeoutMillis: 2000 });
    this.#pool.on('error', failed);
  }

  async ping(): Promise<void> {
    await this.#pool.query('SELECT 1');
  }

  /** Adds the documents that are not there. */
  async seed(documents: readonly Document[]): Promise<void> {
    await this.#pool.query(
      `INSERT INTO documents (id, title, body)
       SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
      [documents.map(({ id }) => id), documents.map(({ title }) => title), documents.map(({ body }) => body)],
    );
  }

  /** Call it when every document is in the vector store. */
  async markIndexed(): Promise<void> {
    await this.#pool.query("UPDATE documents SET state = 'indexed' WHERE state <> 'indexed'");
  }

  /** One row for each chat, answered or not; what was said is not kept. */
  async recordChat({ userId, model, success, vectorCount, seconds }: ChatRow): Promise<void> {
    await this.#pool.query(
      `WITH known AS (INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING)
       INSERT INTO chat_messages (user_id, model, success, vector_count, seconds) VALUES ($1, $2, $3, $4, $5)`,
      [userId, model, success, vectorCount, seconds],
    );
  }

  async startTask(id: string, { task_type, items }: TaskRequest): Promise<void> {
    await this.#pool.query('INSERT INTO tasks (id, task_type, items) VALUES ($1, $2, $3)', [id, task_type, items]);
  }

  async endTask(id: string, success: boolean, seconds: number): Promise<void> {
    await this.#pool.query('UPDATE tasks SET success = $2, seconds = $3 WHERE id = $1', [id, success, seconds]);
  }

  async task(id: string): Promise<TaskRow | undefined> {
    const { rows } = await this.#pool.query<TaskRow>('SELECT task_type, success, seconds FROM tasks WHERE id = $1', [
      id,
    ]);
    return rows[0];
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
