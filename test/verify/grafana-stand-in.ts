// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { basic } from '../../services/prometheus/http-endpoint.ts';

/** Of sections that matter here, what Grafana 13 has by default. */
const defaults = {
  'auth.anonymous': { enabled: 'false' },
  users: { allow_sign_up: 'false', default_theme: 'dark' },
  public_dashboards: { enabled: 'true' },
  snapshots: { enabled: 'true', external_enabled: 'true' },
  analytics: { reporting_enabled: 'true' },
  security: { admin_user: 'admin', admin_password: '*********', allow_embedding: 'false' },
} as const;

type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** A Prometheus, and the header that it asks for, if any. */
interface Source {
  readonly url: string;
  readonly authorization?: string;
}
interface Set {
  readonly environment: NodeJS.ProcessEnv;
  /** Folder of the boards. */
  readonly boards: string;
  readonly password: string;
  readonly host?: string;
  readonly port?: number;
}
interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string;
}

/** Failed logins of one user after which Grafana lets him in no more for five minutes, not even with the right password. */
const attempts = 5;

/**
 * A stand-in for Grafana, of which there is no server in any registry: it has no pages and draws nothing. It answers the paths of Grafana's
 * HTTP API that the verifier asks, with the shapes of its documentation of 13.2 and its public sources. Without a login it answers health
 * checks, 401 for API paths, and a redirect to the login page for others. With one it answers boards as provisioned, the proxy of the data
 * source `prometheus`, and the settings that docker-compose.otel.yml would give it over the defaults.
 */
export class GrafanaStandIn {
  /** Of `admin` and of `viewer`. */
  password: string;
  /** Replaces what it would be set to. */
  settings: Settings = {};
  /** Uids of boards that it did not load. */
  missing: readonly string[] = [];
  /** Whether it reaches its database. */
  healthy = true;
  readonly #server: Server;
  readonly #prometheus: Source;
  readonly #boards: string;
  readonly #failed = new Map<string, number>();

  private constructor(prometheus: Source, { environment, boards, password }: Set) {
    this.#prometheus = prometheus;
    this.#boards = boards;
    this.password = password;
    this.settings = settingsOf(environment);
    this.#server = createServer(async (request, response) => {
      const { status, body, location } = await this.#answer(request);
      response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) });
      // As Grafana writes its health, the one answer that is read as text.
      response.end(JSON.stringify(body, undefined, 2));
    });
  }

  /**
   * @param prometheus what its data source reads
   * @param set what Docker would give it; default: what docker-compose.otel.yml says, at a free port of this machine
   */
  static async start(prometheus: Source, set?: Set): Promise<GrafanaStandIn> {
    const { host = '127.0.0.1', port = 0, ...others } = set ?? (await ofThisRepository());
    const standIn = new GrafanaStandIn(prometheus, others);
    standIn.#server.listen(port, host);
    await once(standIn.#server, 'listening');
    return standIn;
  }

  get place(): { url: string; user: string; password: string } {
    const { port } = this.#server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, user: 'admin', password: this.password };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer({ url = '/', headers }: IncomingMessage): Promise<Answer> {
    const { pathname, search } = new URL(url, 'http://grafana');
    if (pathname === '/api/health') {
      const [status, database] = this.healthy ? [200, 'ok'] : [503, 'failing'];
      return { status, body: { database, version: '13.2.2', commit: 'none' } };
    }
    const visitor = this.#visitor(headers.authorization);
    if (visitor === 'refused') return unauthorized('password-auth.failed', 'Invalid username or password');
    if (visitor === 'nobody') {
      return pathname.startsWith('/api/')
        ? unauthorized('auth.unauthorized', 'Unauthorized')
        : { status: 302, location: '/login' };
    }
    if (pathname === '/') return { status: 200, body: '' };
    if (pathname === '/api/search') return { status: 200, body: [] };
    if (pathname === '/api/admin/settings') {
      return visitor === 'admin'
        ? { status: 200, body: this.settings }
        : { status: 403, body: forbidden('settings:read') };
    }
    const [, uid] = /^\/api\/dashboards\/uid\/([\w-]+)$/.exec(pathname) ?? [];
    if (uid !== undefined) return this.#board(uid);
    const [, path] = /^\/api\/datasources\/proxy\/uid\/prometheus(\/.*)$/.exec(pathname) ?? [];
    if (path === undefined) return { status: 404, body: { message: 'Not found' } };
    const { url: source, authorization } = this.#prometheus;
    const answer = await fetch(`${source}${path}${search}`, { headers: authorization ? { authorization } : {} });
    return { status: answer.status, body: await answer.json() };
  }

  #visitor(authorization: string | undefined): 'admin' | 'viewer' | 'nobody' | 'refused' {
    const isOpen = /^(1|true|on|yes)$/i.test(this.settings['auth.anonymous']?.enabled ?? '');
    if (authorization === undefined) return isOpen ? 'viewer' : 'nobody';
    const known = { [basic(`admin:${this.password}`)]: 'admin', [basic(`viewer:${this.password}`)]: 'viewer' } as const;
    const [user = ''] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':');
    const failed = this.#failed.get(user) ?? 0;
    const found = known[authorization];
    if (found !== undefined && failed < attempts) return found;
    // Only of users there are.
    if (['admin', 'viewer'].includes(user)) this.#failed.set(user, failed + 1);
    return 'refused';
  }

  async #board(uid: string): Promise<Answer> {
    const file = join(this.#boards, `${uid}.json`);
    const text = this.missing.includes(uid) ? undefined : await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return { status: 404, body: { message: 'Dashboard not found' } };
    return {
      status: 200,
      body: { meta: { provisioned: true }, dashboard: { ...JSON.parse(text), id: 1, version: 1 } },
    };
  }
}

const unauthorized = (messageId: string, message: string): Answer => ({
  ...{ status: 401, body: { message, messageId, statusCode: 401, traceID: '' } },
});

const forbidden = (permission: string) => ({
  accessErrorId: 'ACE0123456789',
  message: `You'll need additional permissions to perform this action. Permissions needed: ${permission}`,
  title: 'Access denied',
});

/** By Grafana's own rule: a variable GF_<SECTION>_<KEY> comes before the file, dots of the section are underscores. */
function settingsOf(environment: NodeJS.ProcessEnv): Settings {
  return Object.fromEntries(
    Object.entries(defaults).map(([section, keys]) => [
      section,
      Object.fromEntries(
        Object.entries(keys).map(([key, value]) => {
          const variable = `GF_${section}_${key}`.replaceAll('.', '_').toUpperCase();
          return [key, environment[variable] ?? value];
        }),
      ),
    ]),
  );
}

async function ofThisRepository(): Promise<Set> {
  const root = join(import.meta.dirname, '../..');
  const compose = parse(await readFile(join(root, 'docker-compose.otel.yml'), 'utf8'), { merge: true });
  return {
    environment: compose.services['onyx-metrics-grafana'].environment,
    boards: join(root, 'grafana/dashboards'),
    password: 'of the stand-in',
  };
}
