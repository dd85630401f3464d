// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a proxy does to what passes. */
export interface Tampering {
  /** Whether to what is asked at this address. Default: to all. */
  readonly only?: (url: string) => boolean;
  readonly change?: (body: string) => string;
  readonly milliseconds?: number;
  /** Headers that let anybody in. */
  readonly admit?: Readonly<Record<string, string>>;
}

/** Stands between a real server and its clients, and passes everything on unchanged until it is told otherwise. */
export class TamperingProxy {
  tampering: Tampering = {};
  /** Method and path of all that was ever asked. */
  readonly asked = new Set<string>();
  readonly #server: Server;

  private constructor(origin: string) {
    this.#server = createServer(async (request, response) => {
      const { method = 'GET', url = '/' } = request;
      this.asked.add(`${method} ${url.replace(/\?.*/, '')}`);
      const { change, milliseconds, admit } = this.#tamperingWith(url);
      if (milliseconds) await delay(milliseconds);
      const { authorization, cookie, 'content-type': type } = request.headers;
      const headers = Object.entries({
        authorization,
        cookie,
        'content-type': type,
        accept: 'text/plain, */*;q=0.1',
        ...admit,
      });
      const body = Buffer.concat(await request.toArray());
      const answer = await fetch(`${origin}${url}`, {
        method,
        headers: headers.filter((header): header is [string, string] => header[1] !== undefined),
        redirect: 'manual',
        ...(body.length > 0 && { body }),
      });
      const passed = ['content-type', 'location', 'set-cookie'].flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      });
      const text = await answer.text();
      response.writeHead(answer.status, Object.fromEntries(passed)).end(change?.(text) ?? text);
    });
  }

  /** @param host whose address it listens on; `0.0.0.0` are all */
  static async before(origin: string, host = '127.0.0.1'): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(origin);
    proxy.#server.listen(0, host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  #tamperingWith(url: string): Tampering {
    const { only = () => true } = this.tampering;
    return only(url) ? this.tampering : {};
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
