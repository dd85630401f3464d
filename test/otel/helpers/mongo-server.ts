// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { installed } from './installed.ts';

/** A server that speaks MongoDB's protocol and keeps what it was asked. */
export interface MongoServer {
  readonly port: number;
  /** Names of commands it was asked to run, and the collection of each, in their order. */
  readonly asked: readonly (readonly [command: string, collection: string])[];
  stop(): void;
}

type Document = Record<string, unknown>;
interface Bson {
  readonly Long: { readonly ZERO: object };
  serialize(document: Document): Uint8Array;
  deserialize(bytes: Uint8Array): Document;
}

/** Kinds of messages, and where their document begins. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const reply = 1;
const query = 2004;
const message = 2013;
const header = 16;

/** Commands of connections, and of collections that are made on the way. */
const greetings = ['hello', 'ismaster', 'isMaster', 'ping', 'endSessions', 'create', 'createIndexes'];

/** Starts a stand-in: no registry has a server of MongoDB. It refuses to insert into `duplicates`, and finds one document in anything. */
export async function startMongo(driver: string): Promise<MongoServer> {
  const folder = await installed(driver);
  const { BSON } = createRequire(join(folder, 'package.json'))('mongodb') as { BSON: Bson };
  const asked: [string, string][] = [];
  const answer = (command: Document): Document => {
    const [name = '', collection = ''] = Object.entries(command)[0]?.map(String) ?? [];
    if (!greetings.includes(name)) asked.push([name, collection]);
    if (collection === 'duplicates' && name === 'insert')
      return {
        ok: 1,
        n: 0,
        writeErrors: [{ index: 0, code: 11000, errmsg: "E11000 duplicate key { name: 'alice' }" }],
      };
    const cursor = { id: BSON.Long.ZERO, ns: `test.${collection}`, firstBatch: [{ _id: 1, name: 'alice' }] };
    const able = { isWritablePrimary: true, ismaster: true, minWireVersion: 0, maxWireVersion: 25 };
    return { ok: 1, n: 1, nModified: 1, cursor, ...able, maxBsonObjectSize: 2 ** 24, maxWriteBatchSize: 1000 };
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        received = Buffer.concat([received, data]);
        while (received.length > header && received.length >= received.readInt32LE(0)) {
          const whole = received.subarray(0, received.readInt32LE(0));
          received = received.subarray(whole.length);
          const legacy = whole.readInt32LE(12) === query;
          // Flags and the kind of the section; or flags, the name, and two numbers.
          const start = legacy ? whole.indexOf(0, header + 4) + 9 : header + 5;
          const command = BSON.deserialize(whole.subarray(start, start + whole.readInt32LE(start)));
          const body = BSON.serialize(answer(command));
          const before = Buffer.alloc(header + (legacy ? 20 : 5));
          before.writeInt32LE(before.length + body.length, 0);
          before.writeInt32LE(whole.readInt32LE(4), 8);
          before.writeInt32LE(legacy ? reply : message, 12);
          if (legacy) before.writeInt32LE(1, header + 16);
          socket.write(Buffer.concat([before, body]));
        }
      });
  });
  await once(server.listen(0), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
