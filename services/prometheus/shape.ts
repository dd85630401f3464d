// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';

/**
 * An answer that has the shape it should have. Throws an error of one line otherwise, that names who answered, what is wrong with it
 * and where in it.
 */
export function shaped<T>(schema: z.ZodType<T>, answer: unknown, from: string): T {
  const { data, error } = schema.safeParse(answer);
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return data as T;
  const place = issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
  throw new Error(`${from} answers, but not as it should${place}: ${issue.message}. Is it what its address says?`);
}
