// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { readCanarySettings } from '../../../otel/src/canary/settings.ts';

const needed = {
  ONYX_CANARY_URL: 'http://suna:3000/api/chat',
  ONYX_CANARY_QUESTION: 'What is the limit of an export?',
  ONYX_CANARY_DOCUMENT: '168',
  ONYX_CANARY_ANSWER: '50 megabytes',
};

it('the canary asks every minute, as a user and for a model of its own, unless told otherwise', () => {
  expect(readCanarySettings(needed)).toEqual({
    url: 'http://suna:3000/api/chat',
    question: 'What is the limit of an export?',
    document: '168',
    answer: /50 megabytes/i,
    model: 'canary',
    userId: 'canary',
    tokenFile: '',
    interval: 60,
    timeout: 30,
  });
});

it('every variable that is missing or wrong is named at once, with its value and what is allowed', () => {
  const wrong = {
    ONYX_CANARY_URL: 'suna:3000',
    ONYX_CANARY_ANSWER: '(',
    ONYX_CANARY_INTERVAL: '1m',
    ONYX_CANARY_TOKEN_FILE: '/no/token',
  };
  expect(() => readCanarySettings(wrong)).toThrow(
    `ONYX_CANARY_URL="suna:3000" is not an http or https URL.
ONYX_CANARY_QUESTION is not set: any text is needed.
ONYX_CANARY_DOCUMENT is not set: any text is needed.
ONYX_CANARY_ANSWER="(" is not a regular expression.
ONYX_CANARY_TOKEN_FILE="/no/token" is not a file that can be read.
ONYX_CANARY_INTERVAL="1m" is not seconds from 0.1 to 86400.`,
  );
});
