// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { makePlan } from '../../../services/load/plan.ts';
import { multiplied } from './pipeline.ts';

test('ten times the users are 200 different ones who do what the 20 do', () => {
  const [plan, many] = [makePlan(), multiplied(makePlan(), 10, 1)];
  expect(new Set(many.users.map(({ user }) => user)).size).toBe(200);
  expect(many.users.slice(180).map(({ chats }) => chats)).toEqual(plan.users.map(({ chats }) => chats));
  expect([many.tasks, many.agents]).toEqual([plan.tasks, plan.agents]);
});

test('a user who goes through the chats twice has twice as many', () => {
  const [user] = makePlan().users;
  expect(multiplied(makePlan(), 1, 2).users[0]).toEqual({
    ...user,
    chats: [...(user?.chats ?? []), ...(user?.chats ?? [])],
  });
});
