// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';

/**
 * The parts of Express 4 and 5 that are read to name a route. They are public in neither, so every reading is
 * checked, and whatever does not fit yields no route rather than a raw path.
 */
interface ExpressRequest extends IncomingMessage {
  readonly baseUrl?: string;
  readonly route?: Route;
  /** Express 4 has `_router`, and a `router` that throws; Express 5 has `router`. */
  readonly app?: { readonly _router?: Router; readonly router?: Router };
}
interface Route {
  readonly path?: unknown;
}
interface Router {
  readonly stack?: readonly Layer[];
}
interface Layer {
  readonly route?: Route | undefined;
  readonly handle?: Router;
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Express 5.3 returns what matched; before, `true` and the layer itself holds it. */
  match?(path: string): Match | boolean;
}
interface Match {
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** What the router was mounted at, a string or a regular expression, from Express 5.3 on. */
  readonly pattern?: unknown;
}

/** A route keeps its template for ever, and a route that is mounted once needs to be looked up once. */
const templates = new WeakMap<Route, string>();

/**
 * The template of the Express route that answered, such as `/api/:version/users/:id`, or nothing when none matched.
 * Never a raw path: scanners would make a series of every URL they try, and paths carry personal data.
 */
export function routeOf(request: IncomingMessage): string | undefined {
  const { route, baseUrl = '', app } = request as ExpressRequest;
  if (route === undefined) return undefined;
  const known = templates.get(route);
  if (known !== undefined) return known;
  const own = patternOf(route.path);
  if (own === undefined) return undefined;
  if (baseUrl === '') return remember(route, own === '' ? '/' : own);
  const mounts = mountsOf(app?._router ?? app?.router, route);
  const prefixes = mounts.map((layers) => prefixOf(layers, baseUrl));
  const prefix = prefixes.find((candidate) => candidate !== undefined);
  if (prefix === undefined) return undefined;
  const template = own === '/' ? prefix : prefix + own;
  return mounts.length === 1 ? remember(route, template) : template;
}

function remember(route: Route, template: string): string {
  templates.set(route, template);
  return template;
}

/** A path may be a string, a regular expression or several of them. */
function patternOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path;
  if (path instanceof RegExp) return String(path);
  if (Array.isArray(path)) return path.map(patternOf).join(',');
  return undefined;
}

/** Every chain of mounted routers that leads from `router` to `route`. */
function mountsOf(router: Router | undefined, route: Route, depth = 0): Layer[][] {
  // A router mounted inside itself would never end.
  if (router?.stack === undefined || depth > 16) return [];
  return router.stack.flatMap((layer) => {
    if (layer.route === route) return [[]];
    return layer.handle?.stack ? mountsOf(layer.handle, route, depth + 1).map((rest) => [layer, ...rest]) : [];
  });
}

/** The pattern of the mounts that took `baseUrl` apart: each layer matches its piece, and values become their names. */
function prefixOf(layers: readonly Layer[], baseUrl: string): string | undefined {
  let rest = baseUrl;
  let prefix = '';
  for (const layer of layers) {
    const result = layer.match?.(rest || '/');
    if (!result) return undefined;
    // A router mounted at `/` takes nothing away.
    const { path = '', params = {}, pattern }: Match = result === true ? layer : result;
    const piece = path === '' ? '' : (patternOf(pattern) ?? withNames(layer, path, params));
    if (piece === undefined) return undefined;
    prefix += piece;
    rest = rest.slice(path.length);
  }
  return rest === '' ? prefix : undefined;
}

/** The piece with its values replaced by their names; nothing when one of them has none, as where a router is mounted at a wildcard. */
function withNames(layer: Layer, piece: string, params: Readonly<Record<string, string>>): string | undefined {
  const names = new Map(Object.entries(params).map(([name, value]) => [value, name]));
  const segments = piece.split('/');
  const shown = segments.map((segment, place) => {
    const name = names.get(segment) ?? names.get(decoded(segment));
    if (name !== undefined) return `:${name}`;
    const others = segments.map((each, index) => (index === place ? otherThan(each) : each));
    return segment !== '' && layer.match?.(others.join('/')) ? undefined : segment;
  });
  return shown.includes(undefined) ? undefined : shown.join('/');
}

/** A segment that a pattern takes as well, if it takes more than this one: other letters and digits, hexadecimal where they are. */
function otherThan(segment: string): string {
  const other = (one: string, another: string) => (sign: string) => (sign === one ? another : one);
  // What is percent-encoded has to stay decodable.
  return segment
    .replace(/(?<!%.?)[a-z]/g, other('a', 'b'))
    .replace(/(?<!%.?)[A-Z]/g, other('A', 'B'))
    .replace(/(?<!%.?)\d/g, other('1', '2'));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
