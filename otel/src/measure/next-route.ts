// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { type NextBuild, nextBuild } from './next-build.ts';
import { readOwn } from './read.ts';

const requestMeta: unique symbol = Symbol.for('NextInternalRequestMeta') as never;

/** What Next.js keeps on each request it answers, called by any server: its own server, Express, Fastify. */
interface RequestMeta {
  readonly match?: Match;
  /** Its name in Next 13. */
  readonly _nextMatch?: Match;
  /** The page that is to answer, after middleware and rules. An error page replaces the match, not this. */
  readonly invokeOutput?: string;
  /** The status, where no page was found. */
  readonly invokeStatus?: number;
  /** The URL as it came: `request.url` loses the base path. */
  readonly initURL?: string;
  readonly __NEXT_INIT_URL?: string;
  /** Where the application is, from the working directory on. */
  readonly relativeProjectDir?: string;
  /** The whole path of its build. Known with a match only. */
  readonly distDir?: string;
}
interface Match {
  readonly definition?: { readonly pathname?: string };
}
interface NextRequest extends IncomingMessage {
  readonly [requestMeta]?: RequestMeta;
}

const errorPages: ReadonlySet<string> = new Set(['/_not-found', '/_error', '/_global-error', '/404', '/500']);

export function isOfNext(request: IncomingMessage): boolean {
  return readOwn(request as NextRequest, requestMeta) !== undefined;
}

/**
 * The template of the page that Next answered with, such as `/users/[id]`, wherever middleware and rules have led the request.
 * Nothing when there was none.
 */
export function nextRoute(request: IncomingMessage, status: number): string | undefined {
  const meta = (request as NextRequest)[requestMeta] ?? {};
  const build = buildIn(meta.relativeProjectDir ?? '', meta.distDir);
  if (build?.publishes === false) return build.ofUrl(request.url ?? '');
  const { basePath = '' } = build ?? {};
  const page = (meta.match ?? meta._nextMatch)?.definition?.pathname;
  if (page !== undefined && !errorPages.has(page)) return basePath + page;
  if (status === 404) return undefined;
  const { invokeOutput = '', invokeStatus } = meta;
  if (invokeStatus === undefined && build?.pages.has(invokeOutput)) return basePath + invokeOutput;
  return page === undefined ? build?.withoutPage(pathOf(meta)) : undefined;
}

/** The template by the URL alone, where the Next here does not say more: it is older than 13.5. */
export function oldNextRoute({ url = '' }: IncomingMessage): string | undefined {
  const build = buildIn('');
  return build?.publishes === false ? build.ofUrl(url) : undefined;
}

function pathOf({ initURL, __NEXT_INIT_URL }: RequestMeta): string {
  return (initURL ?? __NEXT_INIT_URL ?? '').replace(/^\w+:\/\/[^/]*/, '').replace(/[?#].*/s, '');
}

/** Read at the first request: a standalone server changes its folder when it starts. Null where there is none to be read. */
const builds = new Map<string, NextBuild | null>();

function buildIn(project: string, output?: string): NextBuild | undefined {
  const known = builds.get(project);
  if (known || (known === null && (output === undefined || missing.has(output)))) return known ?? undefined;
  const folder = resolve(project);
  const build = nextBuild(folder) ?? (output === undefined ? undefined : nextBuild(folder, output));
  if (build === undefined && output !== undefined) missing.add(output);
  builds.set(project, build ?? null);
  return build;
}

const missing = new Set<string>();
