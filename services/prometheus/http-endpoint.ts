// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Something that answers HTTP, with what it takes to be answered. */
export interface HttpEndpoint {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** Milliseconds one question may take; the run as a whole has its own deadline. */
const patience = 10_000;

/** The header of who has these credentials, a name and a password with a colon between. */
export function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** The headers of one who may ask. */
export function credentials({ user, password }: Omit<HttpEndpoint, 'url'>): Record<string, string> {
  return user !== undefined && password !== undefined ? { authorization: basic(`${user}:${password}`) } : {};
}

/** Never follows a redirect: where one leads is part of the answer. Rejects with one line that names the address. */
export async function ask(url: string, signal: AbortSignal, init: RequestInit = {}): Promise<Response> {
  const limit = AbortSignal.timeout(patience);
  try {
    return await fetch(url, { redirect: 'manual', ...init, signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    if (signal.aborted) throw new Error(`${url.replace(/\?.*/, '')} did not answer before the deadline`);
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    const why = limit.aborted ? `no answer within ${patience / 1000} s` : (cause?.code ?? cause?.message ?? message);
    throw new Error(`${url.replace(/\?.*/, '')} cannot be reached: ${why}`);
  }
}
