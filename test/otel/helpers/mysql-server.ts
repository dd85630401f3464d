// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { installed } from './installed.ts';

/** What the driver's own server, which no types describe, has of a connection. */
interface Connection {
  sequenceId: number;
  on(event: string, listener: (statement: string) => void): void;
  serverHandshake(options: object): void;
  writeOk(): void;
  writeError(error: { code: number; message: string }): void;
  writeColumns(columns: object[]): void;
  writeTextRow(values: string[]): void;
  writeEof(): void;
  writePacket(packet: object): void;
}

/** A server that speaks MySQL's protocol and keeps what it was asked. */
export interface MysqlServer {
  readonly port: number;
  /** Statements it was asked to run, prepared ones included, in their order. */
  readonly asked: readonly string[];
  stop(): void;
}

/** A column of text as the protocol describes it. */
const column = (name: string) => ({
  ...{ catalog: 'def', schema: '', table: '', orgTable: '', name, orgName: '' },
  ...{ characterSet: 33, columnLength: 10, columnType: 253, flags: 1, decimals: 0 },
});
const version = '8.0.36';

/** Starts the server that mysql2 brings: no registry has one of MySQL. It refuses what names duplicates, and answers anything else. */
export async function startMysql(driver: string): Promise<MysqlServer> {
  const folder = await installed(driver);
  const load = createRequire(join(folder, 'package.json'));
  const Packet = load(join(folder, 'node_modules/mysql2/lib/packets/packet.js'));
  const asked: string[] = [];
  const server = load('mysql2').createServer();
  server.on('connection', (connection: Connection) => {
    let prepared = '';
    // What is sent back continues the count of the request's packets.
    const answering = (write: () => void) => {
      connection.sequenceId = 1;
      write();
      connection.sequenceId = 0;
    };
    const run = (statement: string) => {
      asked.push(statement);
      if (statement.includes('duplicates')) connection.writeError({ code: 1062, message: "Duplicate entry 'alice'" });
      else if (/select|show/i.test(statement)) {
        // An ORM asks for the version first.
        const name = / as (\w+)/i.exec(statement)?.[1] ?? '1';
        connection.writeColumns([column(name)]);
        connection.writeTextRow([version]);
        connection.writeEof();
      } else connection.writeOk();
    };
    connection.on('error', () => undefined);
    connection.on('query', (statement) => answering(() => run(statement)));
    connection.on('stmt_prepare', (statement) => {
      prepared = statement;
      // Header, OK, number of the statement; no columns, no parameters, no warnings.
      answering(() =>
        connection.writePacket(new Packet(0, Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 0, 16)),
      );
    });
    connection.on('stmt_execute', () => answering(() => run(prepared)));
    connection.serverHandshake({
      ...{ protocolVersion: 10, serverVersion: version, connectionId: 1, statusFlags: 2, characterSet: 33 },
      // Neither TLS nor compression.
      capabilityFlags: 0xffffff ^ 0x800 ^ 0x20,
    });
  });
  server.listen(0);
  const { _server: listener } = server as { _server: Server };
  await new Promise((resolve) => listener.once('listening', resolve));
  return { port: (listener.address() as AddressInfo).port, asked, stop: () => void listener.close() };
}
