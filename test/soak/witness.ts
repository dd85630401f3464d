// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { SunaClient } from '../../services/load/client.ts';
import type { ChatEntry, TaskEntry } from '../../services/load/ledger.ts';
import { makePlan } from '../../services/load/plan.ts';

/** Users who keep chatting and tasks that keep coming until told to stop, with everything they saw written down. */
export class Witness {
  readonly chats: ChatEntry[] = [];
  readonly tasks: TaskEntry[] = [];
  readonly #client: SunaClient;
  readonly #pauseSeconds: number;
  #stopping = false;
  readonly #ended: Promise<unknown>;

  /** @param pauseSeconds between two calls of one user */
  constructor(sunaUrl: string, users: number, pauseSeconds: number) {
    this.#client = new SunaClient(sunaUrl, new AbortController().signal);
    this.#pauseSeconds = pauseSeconds;
    const plan = makePlan();
    // A handful from all over the plan, since neighbours in it have the same habits.
    const step = Math.max(1, Math.floor(plan.users.length / users));
    const chosen = plan.users.filter((_, index) => index % step === 0).slice(0, users);
    // Without the one of a dozen seconds: the end would wait for it.
    const tasks = plan.tasks.filter(({ items }) => items < 100);
    this.#ended = Promise.all([
      ...chosen.map(({ user, chats }) =>
        this.#repeat(chats, async (call) => void this.chats.push(await this.#client.chat(user, call))),
      ),
      this.#repeat(tasks, async (call) => void this.tasks.push(await this.#client.task(call))),
    ]);
    // Told by stop(); until then it must not end the process.
    this.#ended.catch(() => undefined);
  }

  /** Resolves when the calls under way have ended; rejects if any call was refused. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#ended;
  }

  async #repeat<Call>(calls: readonly Call[], perform: (call: Call) => Promise<void>): Promise<void> {
    for (let turn = 0; !this.#stopping; turn += 1) {
      const call = calls[turn % calls.length];
      if (call !== undefined) await perform(call);
      await this.#client.pause(this.#pauseSeconds);
    }
  }
}
