// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { defaultUsers } from '../catalogue/catalogue.ts';

/** Bytes of a generated key, the block of HMAC-SHA-256's output. */
const keyBytes = 32;

/** Digits of a pseudonym: 48 bits keep apart any number of users a dashboard can show. */
const digits = 12;

/** `ONYX_USER_ID`: what a user id becomes; `off` is `other` for everybody. */
export const userIdModes = ['pseudonym', 'cohort', 'off'] as const;
export type UserIdMode = (typeof userIdModes)[number];

/** What may be shown of users. */
export interface Users {
  /** What to show of a raw user id. */
  readonly show: (userId: string) => string;
  /** Distinct users, or cohorts, to show; without it what the metric's label allows. */
  readonly max?: number | undefined;
}

export interface UserIdSettings {
  readonly userId: UserIdMode;
  /** `ONYX_USER_ID_MAX`. */
  readonly userIdMax: number | undefined;
  /** `ONYX_USER_ID_KEY_FILE`. */
  readonly userIdKeyFile: string | undefined;
}

/**
 * What the settings allow to be shown of users.
 *
 * @throws when the key file cannot be used
 */
export function usersFrom({ userId, userIdMax, userIdKeyFile }: UserIdSettings): Users {
  return userId === 'off' ? { show: () => 'other' } : usersAs(userId, readPseudonymKey(userIdKeyFile), userIdMax);
}

/**
 * - `pseudonym`: `u_` and the first 12 hex digits of the id's HMAC-SHA-256 (RFC 2104). The same key gives the same
 *   pseudonym in every process and language.
 * - `cohort`: `c_` and the number of one of `max` groups that the same HMAC assigns; every user is in one, and none is shown.
 */
export function usersAs(mode: Exclude<UserIdMode, 'off'>, key: string, max?: number): Users {
  const hash = (userId: string): string =>
    createHmac('sha256', key).update(userId, 'utf8').digest('hex').slice(0, digits);
  const cohorts = max ?? defaultUsers;
  const show: Users['show'] =
    mode === 'pseudonym'
      ? (userId) => `u_${hash(userId)}`
      : (userId) => `c_${Number.parseInt(hash(userId), 16) % cohorts}`;
  return { show, max };
}

/**
 * Reads the key from `file`, white space at its ends ignored, and generates the file (mode 0600) when it does not exist.
 * Without a file the key lives as long as the process: pseudonyms then differ between processes and restarts.
 *
 * @throws when the file can neither be read nor created, or holds fewer than 16 characters
 */
export function readPseudonymKey(file: string | undefined): string {
  if (file === undefined) return randomBytes(keyBytes).toString('hex');
  try {
    // `wx` lets exactly one of several starting processes create the key.
    writeFileSync(file, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EEXIST' && code !== 'EROFS' && code !== 'EACCES' && code !== 'EPERM') throw error;
  }
  const key = readFileSync(file, 'utf8').trim();
  if (key.length < 16) throw new Error(`${file} holds ${key.length} characters, a key needs at least 16`);
  return key;
}
