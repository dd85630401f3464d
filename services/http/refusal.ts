// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import type { ErrorRequestHandler } from 'express';
import type { z } from 'zod';

/** An error whose message is meant for the caller: it names what is wrong and never quotes what was sent. */
export class Refusal extends Error {
  /** HTTP status, 400 to 599. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Returns what `schema` makes of `value`; throws a 400 Refusal naming the first field that is wrong. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Refusal(400, issue === undefined ? 'Invalid input' : `${issue.path.join('.') || 'body'}: ${issue.message}`);
}

/** The last handler of an app: every error becomes `{error}`; an unexpected one goes to the log without its request. */
export const answerErrors: ErrorRequestHandler = (error, req, res, _next) => {
  // The client has gone: an answer has no reader, and leaving is no error.
  if (res.closed) return;
  if (error instanceof Refusal) {
    if (!res.headersSent) res.status(error.status).json({ error: error.message });
  } else if (typeof error?.status === 'number' && error.status < 500) {
    // From the router or the body parser, whose own messages quote what was sent.
    const wrong = error instanceof URIError ? 'path: not valid in a URL' : 'body: not valid JSON, or too long';
    res.status(error.status).json({ error: wrong });
  } else {
    process.stderr.write(`${req.method} ${req.route?.path ?? ''} failed: ${describe(error)}\n`);
    if (res.headersSent) res.destroy();
    else res.status(500).json({ error: publicMessage(error) });
  }
};

/** What a caller may know of an error. */
export function publicMessage(error: unknown): string {
  return error instanceof Refusal ? error.message : 'internal error';
}

/** The message, with what `fetch` hides in the cause. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
