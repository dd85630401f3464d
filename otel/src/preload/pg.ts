// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation';
import { type EndedOperation, errorType, type GivenConnection, target, verb } from '../measure/database-operation.ts';

/** What is used of a client, as a pool gives it too: https://node-postgres.com/apis/client */
interface Client {
  readonly host: string;
  readonly port: number;
}
type Connected = (error: unknown, client: Client, done: unknown) => unknown;
type Connect = (this: object, connected?: Connected) => Promise<Client> | undefined;
type Answered = (error: unknown, ...answer: unknown[]) => unknown;
type Query = (this: Client, ...args: unknown[]) => unknown;
/** A query as an object; one that has `submit` is sent unchanged. */
interface Config {
  readonly text?: unknown;
  readonly submit?: unknown;
  callback?: Answered;
}

/** What is told of pg. */
export interface PgListener {
  /** Called for each query that has ended, well or not. */
  readonly ended: (operation: EndedOperation) => void;
  /** Called for each connection that a pool gives. */
  readonly given: (connection: GivenConnection) => void;
}

const system = 'postgresql';

/**
 * Tells how long each query of pg took and each connection of its pools was waited for: pg publishes nothing. Upstream's instrumentation takes
 * a query for good whose promise is rejected, as all of TypeORM's are.
 */
export class Pg extends InstrumentationBase {
  listener: PgListener | undefined;

  constructor() {
    super('onyx.pg', '1', {});
  }

  protected init(): InstrumentationNodeModuleDefinition[] {
    return [
      new InstrumentationNodeModuleDefinition('pg', ['>=8.0.3 <9'], (exported) => {
        this._wrap((exported.default ?? exported).Client.prototype, 'query', (query: Query) => this.#counted(query));
        return exported;
      }),
      new InstrumentationNodeModuleDefinition('pg-pool', ['>=2.0.0 <4'], (exported) => {
        this._wrap(exported.prototype, 'connect', (connect: Connect) => this.#timed(connect));
        return exported;
      }),
    ];
  }

  #counted(query: Query): Query {
    const tell = ({ host, port }: Client, text: unknown, start: number, error?: unknown) => {
      try {
        this.listener?.ended({
          system,
          name: verb(text),
          ...target({ serverAddress: host, serverPort: port }),
          error: error == null ? undefined : errorType(error, system),
          seconds: (performance.now() - start) / 1000,
        });
      } catch {
        // Whatever an application asks, measuring must not keep the answer from it.
      }
    };
    return function (...args) {
      const start = performance.now();
      const [first, last] = [args[0], args.at(-1)];
      const config: Config | undefined = typeof first === 'object' && first !== null ? first : undefined;
      const text = config === undefined ? first : config.text;
      const telling = (answered: Answered): Answered =>
        Object.assign(
          function (this: unknown, error: unknown, ...answer: unknown[]) {
            tell(client, text, start, error);
            return answered.call(this, error, ...answer);
          },
          { [counted]: true },
        );
      const client = this;
      if (typeof last === 'function') args[args.length - 1] = telling(last as Answered);
      else if (typeof config?.callback === 'function' && !(counted in config.callback)) {
        const callback = telling(config.callback);
        // pg sends such an object itself, so it has to stay the same one.
        if (config.submit) config.callback = callback;
        else args[0] = { ...config, callback };
      }
      const answer = query.apply(this, args);
      // The promise that the caller gets is the only one: what it does not handle is unhandled once.
      return answer instanceof Promise
        ? answer.then(
            (rows) => {
              tell(client, text, start);
              return rows;
            },
            (error) => {
              tell(client, text, start, error);
              throw error;
            },
          )
        : answer;
    };
  }

  #timed(connect: Connect): Connect {
    const tell = ({ host, port }: Client, start: number) => {
      try {
        if (typeof host !== 'string') return;
        const seconds = (performance.now() - start) / 1000;
        this.listener?.given({ system, ...target({ serverAddress: host, serverPort: port }), seconds });
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
      // As above.
      return connect.call(this)?.then((client) => {
        tell(client, start);
        return client;
      });
    };
  }
}

/** Marks a callback that tells already: pg writes it into the object of a query, which may be used again. */
const counted = Symbol('onyx.counted');
