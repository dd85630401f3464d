// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** A framework that a test runs with the preload, and a row of the table in docs/guides/add-a-service.md. */
export interface Framework {
  readonly name: string;
  /** What is installed for it, itself first. */
  readonly packages: readonly string[];
  /** A program of fixtures/frameworks. */
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The Node to run it on, where that of the test is too old. */
  readonly node?: string;
  readonly routes: Routes;
  /** What the program does with NAMED=1: the line that names the routes of a framework which publishes none, and those it does not reach. */
  readonly line?: { readonly code: string; readonly routes: Routes };
  /** Requests that are tried of this one alone. */
  readonly also?: readonly Request[];
  /** What else a user should know. */
  readonly note?: string;
}

/** The routes of the requests below, as the framework writes them; no word for one without a route. */
export interface Routes {
  readonly plain?: string;
  readonly nested?: string;
  readonly deeper?: string;
  readonly failed?: string;
}

export interface Request {
  readonly path: string;
  readonly status: number;
  readonly route?: keyof Routes;
}

/** The requests, and their statuses. */
export const requests: readonly Request[] = [
  { path: '/users/alice', status: 200, route: 'plain' },
  { path: '/orders/alice', status: 200, route: 'nested' },
  { path: '/admin/items/alice', status: 200, route: 'deeper' },
  { path: '/fails/alice', status: 500, route: 'failed' },
  { path: '/alice', status: 404 },
];

const colons: Required<Routes> = {
  plain: '/users/:id',
  nested: '/orders/:id',
  deeper: '/admin/items/:id',
  failed: '/fails/:id',
};
const braces: Required<Routes> = {
  plain: '/users/{id}',
  nested: '/orders/{id}',
  deeper: '/admin/items/{id}',
  failed: '/fails/{id}',
};
/** What the Next.js application of fixtures/next is built with; test/otel/measure/next-route.test.ts runs it. */
export const nextPackages: readonly string[] = ['next@15.5.29', 'react@19.3.1', 'react-dom@19.3.1', 'express@4.21.2'];

const nest = [
  '@nestjs/core@12.5.0',
  '@nestjs/common@12.5.0',
  '@nestjs/platform-express@12.5.0',
  '@nestjs/platform-fastify@12.5.0',
  'rxjs@7.8.2',
  'reflect-metadata@0.2.2',
];
/** One that ends before the handler of its route. */
const refused: Request = { path: '/users/alice?age=old', status: 400, route: 'plain' };

const untilAnswered = 'A request whose client leaves has none';

export const frameworks: readonly Framework[] = [
  { name: 'Express', packages: ['express@4.21.2'], program: 'express.cjs', routes: colons },
  { name: 'Express', packages: ['express@5.3.0'], program: 'express.cjs', routes: colons },
  {
    name: 'NestJS on Express',
    packages: nest,
    program: 'nest.mjs',
    env: { ADAPTER: 'express' },
    routes: colons,
  },
  {
    name: 'NestJS on Fastify',
    packages: nest,
    program: 'nest.mjs',
    env: { ADAPTER: 'fastify' },
    routes: colons,
  },
  {
    name: 'Fastify',
    packages: ['fastify@5.12.8'],
    program: 'fastify.cjs',
    routes: colons,
    also: [refused],
  },
  {
    name: 'Fastify',
    packages: ['fastify@4.29.1'],
    program: 'fastify.cjs',
    routes: colons,
    also: [refused],
    note: untilAnswered,
  },
  {
    name: 'Fastify',
    packages: ['fastify@3.29.5'],
    program: 'fastify.cjs',
    routes: colons,
    also: [refused],
    note: untilAnswered,
  },
  { name: 'Restify', packages: ['restify@12.0.0'], program: 'restify.cjs', node: '22.23.3', routes: colons },
  {
    name: 'Koa',
    packages: ['koa@3.3.0', '@koa/router@15.7.0'],
    program: 'koa.cjs',
    routes: {},
    line: { code: "ctx.req[Symbol.for('onyx.route')] = ctx._matchedRoute;", routes: colons },
  },
  {
    name: 'Hono',
    packages: ['hono@4.13.19', '@hono/node-server@2.1.9'],
    program: 'hono.mjs',
    routes: {},
    line: {
      code: "if (c.res.status !== 404) c.env.incoming[Symbol.for('onyx.route')] = routePath(c, -1);",
      routes: colons,
    },
  },
  {
    name: 'hapi',
    packages: ['@hapi/hapi@21.4.10'],
    program: 'hapi.cjs',
    routes: {},
    line: { code: "request.raw.req[Symbol.for('onyx.route')] = request.route.path;", routes: braces },
  },
  {
    name: 'h3',
    packages: ['h3@1.15.11'],
    program: 'h3.cjs',
    routes: {},
    line: {
      code: "event.node.req[Symbol.for('onyx.route')] = event.context.matchedRoute?.path;",
      routes: { ...colons, deeper: '/items/:id' },
    },
    note: 'It belongs into `onBeforeResponse` and `onError`, in Nitro and Nuxt into their hooks `beforeResponse` and `error`; the base of `useBase` is not part of it',
  },
  { name: 'Polka', packages: ['polka@0.5.2'], program: 'polka.cjs', routes: {}, note: 'It keeps no template' },
];
