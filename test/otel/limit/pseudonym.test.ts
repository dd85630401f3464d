// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPseudonymKey, usersAs, usersFrom } from '../../../otel/src/limit/pseudonym.ts';
import { folderOfFile } from '../../folder.ts';

const folder = folderOfFile();

describe('pseudonyms', () => {
  it('are the first 12 hex digits of a keyed HMAC-SHA-256', () => {
    const expected = createHmac('sha256', 'a key of the test').update('alice@example.com').digest('hex').slice(0, 12);
    expect(usersAs('pseudonym', 'a key of the test').show('alice@example.com')).toBe(`u_${expected}`);
  });

  it('differ between keys', () => {
    expect(usersAs('pseudonym', 'one key of the test').show('alice')).not.toBe(
      usersAs('pseudonym', 'another key of the test').show('alice'),
    );
  });

  it('are the same from Python, which has HMAC in its standard library', () => {
    const file = join(folder, 'shared');
    const key = readPseudonymKey(file);
    const ids = ['alice@example.com', 'Zoë', '日本語', ''];
    const python = `import hashlib, hmac, json, sys
key = open(sys.argv[1]).read().strip().encode()
def user_id(raw):
    return "u_" + hmac.new(key, raw.encode(), hashlib.sha256).hexdigest()[:12]
print(json.dumps([user_id(raw) for raw in json.load(sys.stdin)]))`;
    const shown = execFileSync('python3', ['-c', python, file], { input: JSON.stringify(ids) });
    expect(JSON.parse(String(shown))).toEqual(ids.map(usersAs('pseudonym', key).show));
  });

  it('give way to cohorts, which hold every user and are as few as wished', () => {
    const { show } = usersAs('cohort', 'a key of the test', 5);
    const shown = Array.from({ length: 200 }, (_, index) => show(`user ${index}`));
    expect([...new Set(shown)].sort()).toEqual(['c_0', 'c_1', 'c_2', 'c_3', 'c_4']);
    expect(show('user 7')).toBe(shown[7]);
  });

  it('are not made, and need no key, when users are off', () => {
    const settings = { userId: 'off', userIdMax: undefined, userIdKeyFile: '/dev/null' } as const;
    expect(usersFrom(settings).show('alice')).toBe('other');
    expect(() => usersFrom({ ...settings, userId: 'pseudonym' })).toThrow('/dev/null holds 0 characters');
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
