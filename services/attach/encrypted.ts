// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** How the value of a variable begins that dotenvx has encrypted, and that nobody can use before dotenvx has decrypted it. */
const prefix = 'encrypted:';

/** Whether nobody has decrypted this value, so that whoever gets it gets it as it stands. */
export function isEncrypted(value: string | null | undefined): boolean {
  return value?.startsWith(prefix) ?? false;
}
