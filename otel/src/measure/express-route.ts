// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { read } from './read.ts';

/**
 * The parts of Express 4 and 5 that are read to name a route. They are public in neither, so every reading is
 * checked, and whatever does not fit yields no route rather than a raw path.
 */
interface ExpressRequest extends IncomingMessage {
  /** Also read by others: Restify keeps the whole path in its `route`. */
  readonly route?: Route;
  /** What the routers around the route took off `url`. An error on its way out puts it back into `url`. */
  readonly baseUrl?: string;
  readonly originalUrl?: string;
  /** The application that answers. An error that leaves a mounted application leaves this one too. */
  readonly app?: Application;
}
interface Application {
  /** Express 4 has `_router`, and a `router` that throws; Express 5 has `router`. */
  readonly _router?: Router;
  readonly router?: Router;
  /** The application this one is mounted in. */
  readonly parent?: Application;
}
interface Route {
  readonly path?: unknown;
  /** Only Restify's route has one. It belongs to no router. */
  readonly spec?: object;
}
interface Router {
  readonly stack?: readonly Layer[];
}
interface Layer {
  readonly route?: Route | undefined;
  /** A router, or an application that a router uses. Express hides a mounted application in a function, `mounted_app`. */
  readonly handle?: Router & Application;
  /** That of the function it was made of: libraries that catch rejections put another in the place of `handle`. */
  readonly name?: string;
  /** From Express 5.3 on: what the layer was mounted at. */
  readonly rawPath?: unknown;
  /** Express 4: the same as a regular expression, its parameters in their order, and whether it is `/`. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
  /** Express 5: whether it is `/`. */
  readonly slash?: boolean;
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Express 5.3 returns what matched; before, `true` and the layer itself holds it. */
  match?(path: string): Match | boolean;
}
interface Match {
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** What the layer was mounted at, a string or a regular expression, from Express 5.3 on. */
  readonly pattern?: unknown;
}

/** What is known of a route from a request before. */
interface Known {
  readonly template: string;
  /** The application that has the route. */
  readonly app: Application | undefined;
  /** The outermost application, and how much it uses: a router that is mounted later may lead to the route as well. */
  readonly root: Application | undefined;
  readonly size: number | undefined;
  /** The only base URL the template holds for; every one where this is nothing. */
  readonly baseUrl: string | undefined;
}
const routes = new WeakMap<Route, Known>();

/**
 * The template of the Express route that answered, such as `/api/:version/users/:id`, or nothing when none matched.
 * Never a raw path: scanners would make a series of every URL they try, and paths carry personal data.
 */
export function expressRoute(request: IncomingMessage): string | undefined {
  const route = read(request as ExpressRequest, 'route');
  if (route === undefined) return undefined;
  const baseUrl = read(request as ExpressRequest, 'baseUrl') ?? '';
  const app = read(request as ExpressRequest, 'app');
  const known = routes.get(route);
  const root = outermost(app);
  const stack = stackOf(root);
  if (
    known !== undefined &&
    known.root === root &&
    known.size === stack?.length &&
    (known.baseUrl === undefined || known.baseUrl === baseUrl)
  ) {
    return known.template;
  }
  const own = patternOf(route.path);
  if (own === undefined) return undefined;
  const remember = (template: string, home = app, only?: string): string => {
    routes.set(route, { template, app: home, root, size: stack?.length, baseUrl: only });
    return template;
  };
  if (route.spec !== undefined) return remember(own);
  const paths = pathsOf(request);
  const all = [];
  for (const { home, chains } of waysTo(route, request, known?.app)) {
    all.push(...chains);
    const found = firstOf(chains, (chain) => firstOf(paths, (path) => templateFor(chain, own, path, baseUrl)));
    if (found === undefined) continue;
    const [only] = chains;
    if (only !== undefined && chains.length === 1 && isFixed(only)) return remember(found, home);
    // An error has put what differs back into the URL.
    const whole = chains.some((chain) => prefixFor(chain.slice(0, -1), baseUrl)?.rest === '');
    return whole ? remember(found, home, baseUrl) : found;
  }
  if (all.length === 0) return besideRouters(own, stack, paths);
  // The application has rewritten the rest of the URL.
  return baseUrl === ''
    ? undefined
    : firstOf(all, (chain) => {
        const prefix = prefixFor(chain.slice(0, -1), baseUrl);
        return prefix?.rest === '' ? join(prefix.template, own) : undefined;
      });
}

interface Ways {
  /** The application that has the route. */
  readonly home: Application | undefined;
  readonly chains: readonly Layer[][];
}

/** Every way to `route`, in the order to try them. */
function* waysTo(route: Route, request: ExpressRequest, before: Application | undefined): Generator<Ways> {
  const { app } = request;
  const root = outermost(app);
  yield { home: app, chains: chainsTo(route, stackOf(root), between(root, app)) };
  // An error has left the application of its route, which a request before may have shown.
  if (before !== undefined && before !== app)
    yield { home: before, chains: chainsTo(route, stackOf(root), between(root, before)) };
  // An application that a router uses does not say which.
  for (const outer of serverApplications(request)) {
    if (outer !== root) yield { home: app, chains: chainsTo(route, stackOf(outer), between(undefined, app)) };
  }
}

function firstOf<T>(all: readonly T[], map: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = map(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The applications that the server calls. */
function serverApplications({ socket }: IncomingMessage): Application[] {
  const { server } = (socket ?? {}) as { server?: EventEmitter };
  const listeners = (server?.listeners('request') ?? []) as Application[];
  return listeners.filter((listener) => stackOf(listener) !== undefined);
}

function outermost(app: Application | undefined): Application | undefined {
  let found = app;
  while (found?.parent !== undefined) found = found.parent;
  return found;
}

/** The applications from `root`, without it, inwards to `app`. */
function between(root: Application | undefined, app: Application | undefined): Application[] {
  const found = [];
  for (let one = app; one !== undefined && one !== root; one = one.parent) found.unshift(one);
  return found;
}

function stackOf(app: Application | undefined): readonly Layer[] | undefined {
  return (app?._router ?? app?.router)?.stack;
}

/** A path may be a string, a regular expression or several of them. */
function patternOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path === '' ? '/' : path;
  if (path instanceof RegExp) return String(path);
  if (Array.isArray(path)) return path.map(patternOf).join(',');
  return undefined;
}

/** The path of the request as the outermost router saw it last, and as it came. */
function pathsOf({ url = '', baseUrl = '', originalUrl = url }: ExpressRequest): string[] {
  return [baseUrl + pathOf(url), pathOf(originalUrl)];
}

function pathOf(url: string): string {
  const path = url.replace(/[?#].*/s, '');
  return path.startsWith('/') ? path : path.replace(/^\w+:\/\/[^/]*/, '');
}

/** Every way from the layers of a router to `route`, which is the last layer of each. */
function chainsTo(
  route: Route,
  stack: readonly Layer[] | undefined,
  inside: readonly Application[],
  depth = 0,
): Layer[][] {
  // A router mounted inside itself would never end.
  if (stack === undefined || depth > 16) return [];
  return stack.flatMap((layer) => {
    if (layer.route === route) return [[layer]];
    if (layer.route !== undefined) return [];
    const [app, ...rest] = inside;
    const enters = app !== undefined && (isMountedApplication(layer) || layer.handle === app);
    const next = enters ? stackOf(app) : layersIn(layer);
    return next ? chainsTo(route, next, enters ? rest : inside, depth + 1).map((chain) => [layer, ...chain]) : [];
  });
}

function isMountedApplication({ name }: Layer): boolean {
  return name === 'mounted_app';
}

function layersIn({ handle }: Layer): readonly Layer[] | undefined {
  return handle?.stack ?? stackOf(handle);
}

/** Whether what leads to the route is the same for every URL. */
function isFixed(chain: readonly Layer[]): boolean {
  return chain.slice(0, -1).every((layer) => fixedPiece(layer) !== undefined);
}

/** What a router is mounted at, where the layer says so. */
function fixedPiece({ rawPath, slash, regexp, keys = [] }: Layer): string | undefined {
  if (slash || regexp?.fast_slash) return '';
  if (rawPath !== undefined) return Array.isArray(rawPath) ? undefined : pieceOf(rawPath);
  return regexp && mountOf(regexp, keys);
}

/** What comes before the slash that begins the rest. */
function pieceOf(pattern: unknown): string | undefined {
  return typeof pattern === 'string' ? pattern.replace(/\/+$/, '') : patternOf(pattern);
}

/** What Express 4 made this regular expression of, if it is nothing but words and parameters between slashes, or the application's own. */
function mountOf(regexp: RegExp, keys: NonNullable<Layer['keys']>): string | undefined {
  const { source } = regexp;
  if (!source.includes('(?=\\/|$)')) return String(regexp);
  const [, middle] = /^\^(.*?)(?:\\\/)?\\\/\?\(\?=\\\/\|\$\)$/.exec(source) ?? [];
  let place = 0;
  const text = middle
    // Versions before 4.20 have the slash of a parameter outside.
    ?.replace(/\(\?:(\\\/)?\(\[\^\\\/\]\+\?\)\)/g, (_group, slash = '') => `${slash}:${keys[place++]?.name}`)
    .replaceAll('\\/', '/')
    .replaceAll('\\.', '.');
  return text !== undefined && place === keys.length && /^[\w/:.~%@!&=,-]*$/.test(text) ? text : undefined;
}

function join(prefix: string, own: string): string {
  return own === '/' && prefix !== '' ? prefix : prefix + own;
}

/** The template for this path, if the layers lead there, past what the routers took off. */
function templateFor(chain: readonly Layer[], own: string, path: string, baseUrl: string): string | undefined {
  const prefix = prefixFor(chain.slice(0, -1), path);
  if (prefix === undefined || path.length - prefix.rest.length < baseUrl.length) return undefined;
  return chain.at(-1)?.match?.(prefix.rest || '/') ? join(prefix.template, own) : undefined;
}

/** What the layers take off the path, as a pattern, and what they leave. */
function prefixFor(layers: readonly Layer[], path: string): { template: string; rest: string } | undefined {
  let rest = path;
  let template = '';
  for (const layer of layers) {
    const match = matchOf(layer, rest);
    if (match === undefined) return undefined;
    const taken = match.path ?? '';
    // A router mounted at `/` takes nothing away.
    const piece = taken === '' ? '' : (fixedPiece(layer) ?? pieceOf(match.pattern) ?? withNames(layer, taken, match));
    if (piece === undefined) return undefined;
    template += piece;
    rest = rest.slice(taken.replace(/\/$/, '').length);
  }
  return { template, rest };
}

function matchOf(layer: Layer, path: string): Match | undefined {
  const match = layer.match?.(path || '/');
  return match === true ? { path: layer.path ?? '', params: layer.params ?? {} } : match || undefined;
}

/**
 * The piece with its values replaced by their names: each segment is swapped for another one, and a parameter that follows it gives its
 * name. Nothing when a segment varies without a name, as where a router is mounted at a wildcard.
 */
function withNames(layer: Layer, piece: string, { params = {} }: Match): string | undefined {
  // How the client writes the words must make no series of its own.
  const words = piece.replace(/\/$/, '').split('/');
  const names = words.map((word, place) => {
    const other = otherThan(word);
    if (other === word) return undefined;
    const match = matchOf(layer, words.map((each, index) => (index === place ? other : each)).join('/'));
    return match && nameOf(match.params, other);
  });
  // A parameter that takes few values, such as `:language(en|de)`, did not follow.
  const left = Object.keys(params).filter((name) => params[name] !== undefined && !names.includes(name));
  for (const name of left) {
    const places = words.flatMap((word, place) =>
      names[place] === undefined && isValue(params[name], word) ? [place] : [],
    );
    if (places.length !== 1) return undefined;
    names[places[0] as number] = name;
  }
  if (names.includes(null)) return undefined;
  const lower = words.map((word, place) => (typeof names[place] === 'string' ? word : word.toLowerCase()));
  const shown = matchOf(layer, lower.join('/')) ? lower : words;
  return shown.map((word, place) => (typeof names[place] === 'string' ? `:${names[place]}` : word)).join('/');
}

/** The name of the parameter that has this value, null where none has. */
function nameOf(params: Match['params'] = {}, value: string): string | null {
  return Object.keys(params).find((name) => isValue(params[name], value)) ?? null;
}

function isValue(value: string | undefined, word: string): boolean {
  return value === word || value === decoded(word);
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

/**
 * The template of a route that no known router has: that of a bare router, or of a mounted application that an error has left. A
 * pattern of words and parameters that takes the whole rest of the path leaves no room for another router in between.
 */
function besideRouters(own: string, stack: readonly Layer[] | undefined, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    if (fits(own, path)) return own;
    const templates = new Set(
      mountedAt(stack, path).flatMap(({ template, rest }) => (fits(own, rest) ? join(template, own) : [])),
    );
    const [template] = templates;
    if (templates.size === 1) return template;
  }
  return undefined;
}

/** Where applications are mounted that may have answered this path. */
function mountedAt(stack: readonly Layer[] = [], path: string, depth = 0): { template: string; rest: string }[] {
  if (depth > 16) return [];
  return stack.flatMap((layer) => {
    const inner = layer.route === undefined ? layersIn(layer) : undefined;
    if (inner === undefined && !isMountedApplication(layer)) return [];
    const prefix = prefixFor([layer], path);
    if (prefix === undefined) return [];
    if (inner === undefined) return [prefix];
    return mountedAt(inner, prefix.rest, depth + 1).map(({ template, rest }) => ({
      template: prefix.template + template,
      rest,
    }));
  });
}

/** Whether a pattern of nothing but words and parameters takes the whole path. */
function fits(own: string, path: string): boolean {
  if (!/^(?:\/(?::\w+|[\w.~-]+))*\/?$/.test(own)) return false;
  const [wanted, given] = [own, path].map((text) => text.split('/').filter(Boolean)) as [string[], string[]];
  return (
    wanted.length === given.length &&
    wanted.every((word, place) => word.startsWith(':') || word.toLowerCase() === given[place]?.toLowerCase())
  );
}
