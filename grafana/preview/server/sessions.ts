// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const cookie = 'onyx_preview_session';
const hours = 12;
/** Failed logins from one address within a minute before more are refused unheard. */
const attempts = 5;
/** Of all addresses together, so that many of them cannot guess at once, nor fill the memory. */
const attemptsOfAll = 50;
const sessionLimit = 1000;

export type LoginResult = { readonly cookie: string } | { readonly refused: 'wrong' | 'too often' };

/** Who is logged in: kept in memory, so a restart asks everybody again. */
export class Sessions {
  readonly #user: Buffer;
  readonly #password: Buffer;
  readonly #now: () => number;
  readonly #expiry = new Map<string, number>();
  #failures: { readonly address: string; readonly at: number }[] = [];

  constructor(user: string, password: string, now = Date.now) {
    this.#user = digest(user);
    this.#password = digest(password);
    this.#now = now;
  }

  /** `address` is that of the socket: headers that name another one are the sender's own words. */
  logIn(address: string, user: string, password: string): LoginResult {
    const now = this.#now();
    this.#failures = this.#failures.filter(({ at }) => now - at < 60_000);
    const own = this.#failures.filter((failure) => failure.address === address);
    if (own.length >= attempts || this.#failures.length >= attemptsOfAll) return { refused: 'too often' };
    // Both are always compared, in a time that tells nothing.
    const right = [timingSafeEqual(digest(user), this.#user), timingSafeEqual(digest(password), this.#password)];
    if (right.includes(false)) {
      this.#failures.push({ address, at: now });
      return { refused: 'wrong' };
    }
    for (const [token, expires] of this.#expiry) if (expires < now) this.#expiry.delete(token);
    const [oldest] = this.#expiry.keys();
    if (oldest !== undefined && this.#expiry.size >= sessionLimit) this.#expiry.delete(oldest);
    const token = randomBytes(32).toString('base64url');
    this.#expiry.set(token, now + hours * 3_600_000);
    return { cookie: `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${hours * 3600}` };
  }

  isLoggedIn(cookies: string | undefined): boolean {
    return tokens(cookies).some((token) => (this.#expiry.get(token) ?? 0) > this.#now());
  }

  /** Ends the session and returns the cookie that makes the browser forget it. */
  logOut(cookies: string | undefined): string {
    for (const token of tokens(cookies)) this.#expiry.delete(token);
    return `${cookie}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
  }
}

function tokens(cookies = ''): string[] {
  return cookies.split(/;\s*/).flatMap((pair) => (pair.startsWith(`${cookie}=`) ? pair.slice(cookie.length + 1) : []));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
