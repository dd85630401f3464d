// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** How the value of a variable begins that dotenvx has encrypted, and that is of no use before dotenvx has decrypted it. */
const prefix = 'encrypted:';

/** Whether this value is still encrypted, so that its reader gets it encrypted. */
export function isEncrypted(value: string | null | undefined): boolean {
  return value?.startsWith(prefix) ?? false;
}
