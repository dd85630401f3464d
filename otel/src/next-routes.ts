// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of a Next.js build's `routes-manifest.json` (version 3, Next 12 and later) that name a route. */
interface RoutesManifest {
  readonly basePath?: string;
  readonly i18n?: { readonly locales?: readonly string[] };
  readonly staticRoutes?: readonly Page[];
  readonly dynamicRoutes?: readonly Page[];
  readonly dataRoutes?: readonly { readonly page: string; readonly dataRouteRegex: string }[];
  readonly redirects?: readonly Rule[];
  readonly rewrites?: readonly Rule[] | Readonly<Record<'beforeFiles' | 'afterFiles' | 'fallback', readonly Rule[]>>;
}
interface Page {
  readonly page: string;
  readonly regex: string;
}
interface Rule {
  readonly source: string;
  readonly regex: string;
  readonly internal?: boolean;
  /** Conditions on headers, cookies and the host, which a path cannot answer. */
  readonly has?: unknown;
  readonly missing?: unknown;
}

interface Route {
  readonly pattern: RegExp;
  readonly template: string;
}

/** What the files of a build are served as: they are many, and named after their content. */
const assets: readonly Route[] = [
  { pattern: /^\/_next\/static\//, template: '/_next/static/*' },
  { pattern: /^\/_next\/image$/, template: '/_next/image' },
];

/**
 * Reads the routes of the Next.js build in `folder`. Next has no `request.route`; it looks a path up in this very manifest.
 *
 * @returns the template of the first route, in the order Next tries them, that a raw URL matches, such as `/api/items/[id]`
 * (nothing when none does); or nothing when there is no build, or none that is understood
 */
export function nextRoutes(folder: string): ((url: string) => string | undefined) | undefined {
  try {
    return lookup(JSON.parse(readFileSync(join(folder, distFolder(), 'routes-manifest.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

function lookup(manifest: RoutesManifest): (url: string) => string | undefined {
  const { basePath = '', i18n, staticRoutes = [], dynamicRoutes = [], dataRoutes = [] } = manifest;
  const { redirects = [], rewrites = [] } = manifest;
  const { beforeFiles, afterFiles, fallback } = isList(rewrites)
    ? { beforeFiles: [], afterFiles: rewrites, fallback: [] }
    : rewrites;
  const locale = i18n?.locales?.length ? new RegExp(`^/(?:${i18n.locales.join('|')})(?=/|$)`, 'i') : undefined;
  const routes = [
    ...fromRules(redirects),
    ...fromRules(beforeFiles),
    ...assets,
    ...fromPages(dataRoutes.map(({ page, dataRouteRegex }) => ({ page, regex: dataRouteRegex }))),
    ...fromPages(staticRoutes),
    ...fromRules(afterFiles),
    ...fromPages(dynamicRoutes),
    ...fromRules(fallback),
  ];
  return (url) => {
    const end = url.search(/[?#]/);
    const path = end === -1 ? url : url.slice(0, end);
    if (basePath !== '' && path !== basePath && !path.startsWith(`${basePath}/`)) return undefined;
    const inside = path.slice(basePath.length);
    const local = (locale ? inside.replace(locale, '') : inside) || '/';
    const found = routes.find(({ pattern }) => pattern.test(local));
    return found && basePath + found.template;
  };
}

/** A standalone server tells its own configuration this way. */
function distFolder(): string {
  try {
    return JSON.parse(process.env.__NEXT_PRIVATE_STANDALONE_CONFIG ?? '{}').distDir ?? '.next';
  } catch {
    return '.next';
  }
}

function fromPages(pages: readonly Page[]): Route[] {
  return pages.map(({ page, regex }) => ({ pattern: new RegExp(regex), template: page }));
}

function fromRules(rules: readonly Rule[]): Route[] {
  return rules
    .filter(({ internal, has, missing }) => !internal && has === undefined && missing === undefined)
    .map(({ source, regex }) => ({ pattern: new RegExp(regex, 'i'), template: source }));
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
