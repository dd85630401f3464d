// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test, vi } from 'vitest';
import { required } from './requirement.ts';

test('a program in PATH is found, whatever comes before it in the list', () => {
  expect(required(['no-such-program', 'node'], 'install it')).toMatch(/\/node$/);
});

test('a missing program skips the tests of a user, loudly, and fails them in CI', () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.stubEnv('CI', '');
  expect(required(['no-such-program'], 'install it')).toBeUndefined();
  expect(stderr.mock.calls.flat().join('')).toContain('SKIPPED TESTS: none of no-such-program is in PATH: install it');
  vi.stubEnv('CI', 'true');
  expect(() => required(['no-such-program'], 'install it')).toThrow('none of no-such-program is in PATH: install it');
  vi.unstubAllEnvs();
  stderr.mockRestore();
});
