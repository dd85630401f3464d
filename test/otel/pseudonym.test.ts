import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pseudonymiser, pseudonymPattern, readPseudonymKey } from '../../otel/src/pseudonym.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pseudonym-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('pseudonyms', () => {
  it('are the first 12 hex digits of a keyed HMAC-SHA-256', () => {
    const expected = createHmac('sha256', 'a key of the test').update('alice@example.com').digest('hex').slice(0, 12);
    expect(pseudonymiser('a key of the test')('alice@example.com')).toBe(`u_${expected}`);
    expect(`u_${expected}`).toMatch(pseudonymPattern);
  });

  it('differ between keys', () => {
    expect(pseudonymiser('one key of the test')('alice')).not.toBe(pseudonymiser('another key of the test')('alice'));
  });

  it('get a key that is created once, for its owner only, and then kept', () => {
    const file = join(folder, 'created');
    const key = readPseudonymKey(file);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readPseudonymKey(file)).toBe(key);
    expect(readFileSync(file, 'utf8').trim()).toBe(key);
  });

  it('refuse a key too short to keep anything secret, naming the file', () => {
    const file = join(folder, 'short');
    writeFileSync(file, 'abc\n');
    expect(() => readPseudonymKey(file)).toThrow(`${file} holds 3 characters, a key needs at least 16`);
  });

  it('refuse a key file that can neither be read nor created', () => {
    expect(() => readPseudonymKey(join(folder, 'absent', 'key'))).toThrow(/ENOENT/);
  });
});
