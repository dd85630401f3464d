// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { readBoards } from './boards.ts';
import type { PreviewSettings } from './environment.ts';
import { loginPage, styleSheet, waitingPage } from './pages.ts';
import { prometheusProxy } from './prometheus-proxy.ts';
import { Sessions } from './sessions.ts';

/** Nothing from elsewhere, no script but our files. The hash is that of nothing: Emotion fills empty style elements by script. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The preview behind its login: page, boards and reading access to Prometheus. */
export function previewApp(settings: PreviewSettings): Express {
  const sessions = new Sessions(settings.user, settings.password);
  const isDefault = settings.user === 'admin' && settings.password === 'admin';
  const app = express().disable('x-powered-by').disable('etag');

  app.use((request, response, next) => {
    response.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
    if (!isOurName(request.headers.host, settings.host)) return void response.status(421).send('Unknown host\n');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const posts = request.method === 'POST' && (request.path === '/login' || request.path === '/logout');
    if (!reads && !posts) return void response.status(405).set('Allow', 'GET, HEAD').send('Reading only\n');
    // Another site's form could log the browser in, or out.
    if (posts && !isSameOrigin(request)) return void response.status(403).send('From another site\n');
    next();
  });

  app.get('/healthz', (_, response) => void response.send('ok\n'));
  app.get('/login.css', (_, response) => void response.type('css').send(styleSheet));
  app.get('/login', (request, response) => {
    response.send(loginPage(ownPath(request.query.next), isDefault));
  });
  app.post('/login', express.urlencoded({ extended: false, limit: '4kb' }), (request, response) => {
    const { user, password, next } = (request.body ?? {}) as Record<string, unknown>;
    const result = sessions.logIn(request.socket.remoteAddress ?? '', String(user ?? ''), String(password ?? ''));
    if ('cookie' in result) return void response.set('Set-Cookie', result.cookie).redirect(303, ownPath(next));
    const [status, message] =
      result.refused === 'wrong'
        ? [401, 'User or password is wrong.']
        : [429, 'Too many failed attempts: try again in a minute.'];
    response.status(status).send(loginPage(ownPath(next), isDefault, message));
  });
  app.post('/logout', (request, response) => {
    response.set('Set-Cookie', sessions.logOut(request.headers.cookie)).redirect(303, '/login');
  });

  app.use((request, response, next) => {
    if (sessions.isLoggedIn(request.headers.cookie)) return next();
    if (request.path.startsWith('/api/')) return void response.status(401).json({ error: 'not logged in' });
    response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`);
  });

  app.use('/api/prometheus/api/v1', prometheusProxy(settings.prometheusUrl));
  app.get('/api/boards', async (_, response) => {
    const { scrapeSeconds, user } = settings;
    response.json({ boards: await readBoards(settings.boards), scrapeSeconds, user, isDefaultLogin: isDefault });
  });
  app.use('/api', (_, response) => void response.status(404).json({ error: 'unknown' }));

  app.use(
    express.static(settings.page, {
      index: false,
      redirect: false,
      // The names under assets/ hold a hash of the content; the browser also keeps what it compiled.
      setHeaders: (response, file) => {
        if (file.includes('/assets/')) response.set('Cache-Control', 'private, max-age=31536000, immutable');
      },
    }),
  );
  // As Grafana does: a page in plain text.
  app.use(
    '/public/runbooks',
    express.static(settings.runbooks, { index: false, setHeaders: (response) => void response.type('text/plain') }),
  );
  app.get(['/', '/d/:uid', '/d/:uid/:slug'], (_, response) => {
    if (!existsSync(join(settings.page, 'index.html'))) return void response.send(waitingPage());
    response.sendFile('index.html', { root: settings.page });
  });
  app.use((_, response) => void response.status(404).send('Not here\n'));
  // Express would show the stack.
  app.use((error: Error & { status?: number }, _: Request, response: Response, __: NextFunction) => {
    const status = error.status ?? 500;
    if (status >= 500) process.stderr.write(`${error.message}\n`);
    response.status(status).send(status >= 500 ? 'Failed; the log says why\n' : 'Refused\n');
  });
  return app;
}

/** A name that resolves to this machine for the time of an attack (DNS rebinding) is not ours. */
function isOurName(header: string | undefined, host: string): boolean {
  if (!URL.canParse(`http://${header}`)) return false;
  const name = new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === host || isIP(name) > 0;
}

function isSameOrigin({ headers }: Request): boolean {
  const { origin, host } = headers;
  return origin === undefined ? headers['sec-fetch-site'] !== 'cross-site' : origin === `http://${host}`;
}

/** A path on this server, `/` for anything else. */
function ownPath(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/';
  const url = URL.canParse(next, 'http://preview') ? new URL(next, 'http://preview') : undefined;
  return url?.origin === 'http://preview' ? `${url.pathname}${url.search}` : '/';
}
