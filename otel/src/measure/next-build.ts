// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** The parts of a Next.js build's `routes-manifest.json` (version 3, Next 12 and later) that name a route. */
interface RoutesManifest {
  readonly basePath?: string;
  readonly i18n?: { readonly locales?: readonly string[]; readonly defaultLocale?: string };
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
  readonly destination?: string;
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

/** What a Next.js build says of its routes. */
export interface NextBuild {
  readonly basePath: string;
  /** The pages, without the base path. */
  readonly pages: ReadonlySet<string>;
  /** Whether this Next says on a request which page it has matched. */
  readonly publishes: boolean;
  /** The template of the file, redirect or other server that a path without a page leads to. */
  withoutPage(path: string): string | undefined;
  /** The template of the first route, in the order Next tries them, that a raw URL matches. Middleware may have chosen another one. */
  ofUrl(url: string): string | undefined;
}

/** What the files of a build are served as: they are many, and named after their content. */
const assets: readonly Route[] = [
  { pattern: /^\/_next\/static\//, template: '/_next/static/*' },
  { pattern: /^\/_next\/image$/, template: '/_next/image' },
];

/**
 * Reads the routes of the Next.js build in `folder`: what Next looks a path up in.
 *
 * @param output where the build is, from `folder` on
 * @returns nothing when there is no build, or none that is understood
 */
export function nextBuild(folder: string, output = distFolder()): NextBuild | undefined {
  try {
    const manifest = JSON.parse(readFileSync(resolve(folder, output, 'routes-manifest.json'), 'utf8'));
    return { ...read(manifest), publishes: publishes(folder) };
  } catch {
    return undefined;
  }
}

function read(manifest: RoutesManifest): Omit<NextBuild, 'publishes'> {
  const { basePath = '', i18n, staticRoutes = [], dynamicRoutes = [], dataRoutes = [] } = manifest;
  const { redirects = [], rewrites = [] } = manifest;
  const { beforeFiles, afterFiles, fallback } = isList(rewrites)
    ? { beforeFiles: [], afterFiles: rewrites, fallback: [] }
    : rewrites;
  const locales = i18n?.locales?.join('|');
  const locale = locales ? new RegExp(`^/(?:${locales})(?=/|$)`, 'i') : undefined;
  const start = `${basePath}/${i18n?.defaultLocale ?? ''}`;

  /** Rules name the base path and, where there are several, the locale. */
  const fromRules = (rules: readonly Rule[], also: (rule: Rule) => boolean = () => true): Route[] =>
    rules
      .filter((rule) => !rule.internal && rule.has === undefined && rule.missing === undefined && also(rule))
      .map(({ source, regex }) => {
        const named = source.replace(/\/:nextInternalLocale\([^)]*\)/, '');
        const template = locale && named.startsWith(`${start}/`) ? basePath + named.slice(start.length) : named;
        return { pattern: new RegExp(regex, 'i'), template };
      });
  const pages = [...staticRoutes, ...dynamicRoutes].map(({ page }) => page);
  const inside = (routes: readonly Route[]): Place => ({ routes, of: 'inside' });
  const whole = (routes: readonly Route[]): Place => ({ routes, of: 'whole' });
  const all = [
    whole(fromRules(redirects)),
    whole(fromRules(beforeFiles)),
    inside(assets),
    inside(fromPages(dataRoutes.map(({ page, dataRouteRegex }) => ({ page, regex: dataRouteRegex })))),
    inside(fromPages(staticRoutes)),
    whole(fromRules(afterFiles)),
    inside(fromPages(dynamicRoutes)),
    whole(fromRules(fallback)),
  ];
  const leadsAway = ({ destination = '' }: Rule): boolean => /^https?:/.test(destination);
  const pageless = [
    whole(fromRules(redirects)),
    inside(assets),
    whole(fromRules([beforeFiles, afterFiles, fallback].flat(), leadsAway)),
  ];

  const lookup = (places: readonly Place[], path: string): string | undefined => {
    if (basePath !== '' && path !== basePath && !path.startsWith(`${basePath}/`)) return undefined;
    const rest = path.slice(basePath.length);
    const local = (locale ? rest.replace(locale, '') : rest) || '/';
    const localised = locale && !locale.test(rest) ? start + rest : path;
    for (const { routes, of } of places) {
      const found = routes.find(({ pattern }) => pattern.test(of === 'inside' ? local : localised));
      if (found !== undefined) return of === 'inside' ? basePath + found.template : found.template;
    }
    return undefined;
  };
  return {
    basePath,
    pages: new Set(pages),
    withoutPage: (path) => lookup(pageless, path),
    ofUrl: (url) => lookup(all, url.replace(/[?#].*/s, '')),
  };
}

/** Routes that are matched with the path inside the base path and the locale, or with all of it. */
interface Place {
  readonly routes: readonly Route[];
  readonly of: 'inside' | 'whole';
}

/** A standalone server tells its own configuration this way. */
function distFolder(): string {
  try {
    return JSON.parse(process.env.__NEXT_PRIVATE_STANDALONE_CONFIG ?? '{}').distDir ?? '.next';
  } catch {
    return '.next';
  }
}

/** Whether the Next that `folder` has installed is 13.5 or later. One that is bundled is new. */
function publishes(folder: string): boolean {
  try {
    const path = createRequire(join(folder, 'package.json')).resolve('next/package.json');
    const [major = 0, minor = 0] = JSON.parse(readFileSync(path, 'utf8')).version.split('.').map(Number);
    return major > 13 || (major === 13 && minor >= 5);
  } catch {
    return true;
  }
}

function fromPages(pages: readonly Page[]): Route[] {
  return pages.map(({ page, regex }) => ({ pattern: new RegExp(regex), template: page }));
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
