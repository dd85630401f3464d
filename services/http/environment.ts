// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const port = z.coerce.number().int().min(1).max(65_535);

/** Where a service listens. */
export const address = { HOST: z.string().default('127.0.0.1'), PORT: port };

export const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/$/, ''));

/** The content of the file that the variable names. */
export const secretFile = z.string().transform((path, context) => {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret !== '') return secret;
    context.addIssue({ code: 'custom', message: `the file ${path} is empty` });
  } catch {
    context.addIssue({ code: 'custom', message: `the file ${path} cannot be read` });
  }
  return z.NEVER;
});

/** Reads the environment; throws one error with a line for each variable that is missing or wrong. */
export function readEnvironment<T extends z.ZodType>(
  schema: T,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<T> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new Error(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}
