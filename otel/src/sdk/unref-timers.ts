// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What build.mjs puts in the place of every `setTimeout` of the deferred code: upstream's would keep a process alive. */
export function setTimeout(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return globalThis.setTimeout(callback, milliseconds).unref();
}
