import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** What a pseudonym looks like; the collector lets nothing else through as a `user_id`, except `other`. */
export const pseudonymPattern: RegExp = /^u_[0-9a-f]{12}$/;

/** Bytes of a generated key, the block of HMAC-SHA-256's output. */
const keyBytes = 32;

/**
 * Returns a function that replaces a user id by `u_` and the first 12 hex digits of its HMAC-SHA-256 (RFC 2104).
 * The same key gives the same pseudonym in every process and language.
 */
export function pseudonymiser(key: Buffer | string): (userId: string) => string {
  return (userId) => `u_${createHmac('sha256', key).update(userId, 'utf8').digest('hex').slice(0, 12)}`;
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
