// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { type LoginResult, Sessions } from '../../grafana/preview/server/sessions.ts';
import { comparisons } from '../comparisons.ts';

/** Sessions on a clock that the test turns. */
function sessions() {
  const clock = { now: 0 };
  return { clock, sessions: new Sessions('admin', 'sesame', () => clock.now) };
}

const refusal = (result: LoginResult) => ('refused' in result ? result.refused : 'none');
const cookieOf = (result: LoginResult) => ('cookie' in result ? result.cookie : '');

test('an address that failed too often is heard again a minute later', () => {
  const { clock, sessions: door } = sessions();
  for (let failure = 0; failure < 5; failure += 1) expect(refusal(door.logIn('::1', 'admin', 'guess'))).toBe('wrong');
  clock.now = 59_999;
  expect(refusal(door.logIn('::1', 'admin', 'sesame'))).toBe('too often');
  clock.now = 60_000;
  expect(refusal(door.logIn('::1', 'admin', 'sesame'))).toBe('none');
});

test('failures of one address do not shut out another, those of fifty do', () => {
  const { sessions: door } = sessions();
  for (let failure = 0; failure < 5; failure += 1) door.logIn('10.0.0.1', 'admin', 'guess');
  expect(refusal(door.logIn('10.0.0.1', 'admin', 'sesame'))).toBe('too often');
  expect(refusal(door.logIn('10.0.0.2', 'admin', 'sesame'))).toBe('none');
  for (let address = 0; address < 45; address += 1) door.logIn(`10.0.1.${address}`, 'admin', 'guess');
  expect(refusal(door.logIn('10.0.0.3', 'admin', 'sesame'))).toBe('too often');
});

test('a wrong user with the right password is refused with the same word as a wrong password', () => {
  const { sessions: door } = sessions();
  expect(refusal(door.logIn('::1', 'root', 'sesame'))).toBe('wrong');
  expect(refusal(door.logIn('::1', 'admin', 'guess'))).toBe('wrong');
});

test('user and password are compared in constant time, both: digests of one length, however much of a guess is right', () => {
  const compared = comparisons();
  const { sessions: door } = sessions();
  for (const [user, password] of [
    ['admin', 'sesame'],
    ['admin', 'sesamE'],
    ['root', 'sesame'],
    ['', ''],
  ] as const)
    door.logIn('::1', user, password);
  expect(compared()).toEqual(Array(8).fill([32, 32]));
});

test('a session ends after the twelve hours its cookie lasts, and its token is not another one', () => {
  const { clock, sessions: door } = sessions();
  const [first, second] = [door.logIn('::1', 'admin', 'sesame'), door.logIn('::1', 'admin', 'sesame')].map(cookieOf);
  expect(first).not.toBe(second);
  expect(first).toContain(`Max-Age=${12 * 3600}`);
  expect(door.isLoggedIn(`other=1; ${first?.split(';')[0]}`)).toBe(true);
  clock.now = 12 * 3_600_000;
  expect(door.isLoggedIn(first?.split(';')[0])).toBe(false);
});
