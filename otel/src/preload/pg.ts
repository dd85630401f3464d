// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import { type GivenConnection, target } from '../measure/database-operation.ts';

/** What is used of the connection that a pool gives: https://node-postgres.com/apis/pool */
interface Client {
  readonly host: string;
  readonly port: number;
}
type Connected = (error: unknown, client: Client, done: unknown) => unknown;
type Connect = (this: object, connected?: Connected) => Promise<Client> | undefined;

/** Tells how long each connection of pg's pools was waited for: pg publishes nothing. */
export class PgPools extends InstrumentationBase {
  given: ((connection: GivenConnection) => void) | undefined;

  constructor() {
    super('onyx.pg-pool', '1', {});
  }

  protected init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition('pg-pool', ['>=2.0.0 <4'], (exported) => {
      this._wrap(exported.prototype, 'connect', (connect: Connect) => this.#timed(connect));
      return exported;
    });
  }

  #timed(connect: Connect): Connect {
    const tell = ({ host, port }: Client, start: number) => {
      try {
        if (typeof host !== 'string') return;
        const seconds = (performance.now() - start) / 1000;
        this.given?.({ system: 'postgresql', ...target({ serverAddress: host, serverPort: port }), seconds });
      } catch {
        // Whatever clients a pool is told to make, measuring must not keep them from the application.
      }
    };
    return function (connected) {
      const start = performance.now();
      if (connected !== undefined)
        return connect.call(this, (error, client, done) => {
          if (!error) tell(client, start);
          return connected(error, client, done);
        });
      // The promise that the caller gets is the only one: what it does not handle is unhandled once.
      return connect.call(this)?.then((client) => {
        tell(client, start);
        return client;
      });
    };
  }
}
