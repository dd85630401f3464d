// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What kind of failure: an error's code or status, else its class; never its message. */
export function errorType(error: unknown): string {
  if (typeof error === 'string') return error;
  const { code, status, name } = Object(error) as { code?: unknown; status?: unknown; name?: unknown };
  // The code of a DOMException is a number that says less than its name: 20 of an AbortError.
  if (error instanceof DOMException) return String(name);
  return String(code ?? status ?? name ?? 'unknown');
}
