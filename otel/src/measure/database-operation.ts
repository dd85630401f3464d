// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import { type InstrumentationName, type PublisherName, publisherNames } from '../instrumentations.ts';
import { type CallError, connectionError } from './call-error.ts';

/*
 * Operations of databases and of Redis, by what their libraries publish on tracing channels. Nothing is patched. Which library does, and
 * from which version on, says the table that test/otel/measure/databases.ts makes. Part of what every process runs, so it stands apart from
 * the catalogue. What is published holds statements, keys and values: only the name of the operation is read.
 */

/** An operation that has ended, well or not. */
export interface EndedOperation {
  /** The kind of database, as the conventions name it. */
  readonly system: string;
  /** A command of Redis, the verb of a statement, a method of an ORM, or CONNECT. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** What failed: the connection, or the code that the database answered. */
  readonly error: CallError | string | undefined;
  readonly seconds: number;
}

/** What the libraries publish of an operation; each has a part of it. */
interface Published {
  readonly command?: unknown;
  readonly batchMode?: unknown;
  readonly query?: unknown;
  readonly operation?: unknown;
  readonly serverAddress?: unknown;
  readonly serverPort?: unknown;
  readonly error?: unknown;
}

/** A connection that a pool gave. */
export type GivenConnection = Pick<EndedOperation, 'system' | 'address' | 'port' | 'seconds'>;

interface Channel {
  readonly system: string;
  /** The operation's name; nothing for what is counted by another channel. */
  readonly name: (published: Published) => string | undefined;
  /** It tells of connections that a pool gives. */
  readonly pooled?: true;
}

/** What is part of connecting, which is counted as a whole; older servers refuse half of it. */
const greetings = ['CLIENT', 'HELLO'];
const redisCommand: Channel = {
  system: 'redis',
  name: ({ command }) => {
    const name = word(command).toUpperCase();
    return greetings.includes(name) ? undefined : name;
  },
};
/** The commands of a pipeline are published one by one as well, those of a transaction are not. */
const redisTransaction: Channel = {
  system: 'redis',
  name: ({ batchMode }) => (batchMode === 'MULTI' ? batchMode : undefined),
};
const connecting: Channel = { system: 'redis', name: () => 'CONNECT' };
const statement: Channel = { system: 'mysql', name: ({ query }) => verb(query) };
/** A connection that could not be given is an operation, and one that was given is none. */
const pooled: Channel = {
  system: 'mysql',
  name: ({ error }) => (error === undefined ? undefined : 'CONNECT'),
  pooled: true,
};
/** An operation of a model is one, however many commands it takes. */
const ofModel: Channel = { system: 'mongodb', name: ({ operation }) => word(operation) };

type Channels = Readonly<Record<string, Channel>>;

/** By the name of the tracing channel. A listener on these changes nothing that an application sees. */
const always: Channels = {
  'node-redis:command': redisCommand,
  'node-redis:batch': redisTransaction,
  'node-redis:connect': connecting,
  'mongoose:query': ofModel,
  'mongoose:aggregate': ofModel,
  'mongoose:model:save': ofModel,
  'mongoose:model:insertMany': ofModel,
  'mongoose:model:bulkWrite': ofModel,
};

/** The channels of the others. Do not subscribe to `mysql2:connect`: every error of a connection would become a handled one. */
const onRequest: Readonly<Record<PublisherName, Channels>> = {
  ioredis: { 'ioredis:command': redisCommand, 'ioredis:connect': connecting },
  mysql2: { 'mysql2:query': statement, 'mysql2:execute': statement, 'mysql2:pool:connect': pooled },
};

/**
 * Tells `ended` of every operation that ends from now on, in this thread, and `given` of every connection that a pool gives.
 *
 * @param named libraries that are followed only when they are named
 */
export function followOperations(
  named: readonly InstrumentationName[],
  ended: (operation: EndedOperation) => void,
  given: (connection: GivenConnection) => void,
): void {
  const asked = publisherNames.filter((name) => named.includes(name)).map((name) => onRequest[name]);
  const started = new WeakMap<object, number>();
  for (const [channel, { system, name, pooled }] of Object.entries<Channel>(Object.assign({}, always, ...asked))) {
    subscribe(`tracing:${channel}:start`, (message) => {
      started.set(message as object, performance.now());
    });
    // Published once for each that has ended, after its error.
    subscribe(`tracing:${channel}:asyncStart`, (message) => {
      try {
        const published = message as Published;
        const start = started.get(published);
        const named = name(published);
        if (start === undefined) return;
        started.delete(published);
        const known = { system, ...target(published), seconds: (performance.now() - start) / 1000 };
        const error = published.error === undefined ? undefined : errorType(published.error, system);
        if (named !== undefined) ended({ ...known, name: named, error });
        else if (pooled) given(known);
      } catch {
        // Whatever an application makes of its operations, measuring must not end it.
      }
    });
  }
}

/** Where a server is; a path is that of a socket, of Unix or of Windows. */
export function target({ serverAddress, serverPort }: Published): { readonly address: string; readonly port: number } {
  const address = typeof serverAddress === 'string' ? serverAddress : 'other';
  return /^[./\\]/.test(address) ? { address: 'unix_socket', port: 0 } : { address, port: Number(serverPort) || 0 };
}

/** What is a single word, as commands and methods are. */
function word(text: unknown): string {
  return typeof text === 'string' && /^[A-Za-z][\w.]{0,30}$/.test(text) ? text : 'other';
}

/** Before the verb of a statement may be comments and brackets. */
const beginning = /^(?:[\s(;]|--[^\n]*\n|#[^\n]*\n|\/\*[\s\S]*?\*\/)*([A-Za-z]+)/;
const verbs = new Set(
  'ALTER ANALYZE BEGIN CALL COMMIT CREATE DELETE DESCRIBE DROP EXPLAIN GRANT INSERT KILL LOAD LOCK MERGE OPTIMIZE RELEASE RENAME REPLACE REVOKE ROLLBACK SAVEPOINT SELECT SET SHOW START TRUNCATE UNLOCK UPDATE USE VALUES WITH'.split(
    ' ',
  ),
);

/** The first word of a statement; `other` for what is none. */
export function verb(query: unknown): string {
  const found = typeof query === 'string' ? beginning.exec(query.slice(0, 2000))?.[1]?.toUpperCase() : undefined;
  return found !== undefined && verbs.has(found) ? found : 'other';
}

/** Errors of clients of Redis that differ by their text alone. */
const messages: readonly (readonly [CallError, RegExp])[] = [
  ['timeout', /^Command timed out/],
  ['connection_closed', /^(Connection|The client) is closed/],
];

/** What failed: the connection, or the code that the database answered. */
export function errorType(error: unknown, system: string): CallError | string {
  if (!(error instanceof Error)) return 'other';
  const lost = connectionError(error) ?? messages.find(([, pattern]) => pattern.test(error.message))?.[0];
  if (lost !== undefined) return lost;
  const { code, name } = error as Error & { code?: unknown };
  const answered = system === 'redis' ? /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0] : undefined;
  if (answered !== undefined) return answered;
  if (typeof code === 'string' && /^[A-Z\d_]{3,50}$/.test(code)) return code;
  // MongoDB's are numbers.
  if (system === 'mongodb' && Number.isSafeInteger(code)) return String(code);
  return name !== 'Error' && /^[A-Z][A-Za-z]{2,50}$/.test(name) ? name : 'other';
}
