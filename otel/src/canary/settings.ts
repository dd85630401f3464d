// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { canary } from '../catalogue/catalogue.ts';
import { isHttpUrl, readableFile } from '../settings.ts';

/** What the canary asks, whom, and what it expects. docs/reference/settings.md shows this list. */

interface Variable<T> {
  readonly variable: string;
  readonly meaning: string;
  readonly allowed: string;
  /** As written in the environment; a variable without one is needed. */
  readonly fallback?: string;
  /** What the page says of the fallback. */
  readonly otherwise?: string;
  /** Returns nothing when the value is not allowed. */
  readonly parse: (value: string) => T | undefined;
}

const text = (value: string): string | undefined => value || undefined;

/** From a tenth of a second, as tests have it, to a day. */
const seconds = {
  allowed: 'seconds from 0.1 to 86400',
  parse: (value: string): number | undefined => {
    const number = Number(value);
    return number >= 0.1 && number <= 86_400 ? number : undefined;
  },
} as const;

export const canarySettings = {
  url: {
    variable: 'ONYX_CANARY_URL',
    meaning: 'The address at which Suna takes chats.',
    allowed: 'an http or https URL',
    parse: (value: string) => (isHttpUrl(value) ? value : undefined),
  },
  question: {
    variable: 'ONYX_CANARY_QUESTION',
    meaning: 'The known question.',
    allowed: 'any text',
    parse: text,
  },
  document: {
    variable: 'ONYX_CANARY_DOCUMENT',
    meaning: 'The known document: a value, such as the id or the title, of one of the `sources` that the answer names.',
    allowed: 'any text',
    parse: text,
  },
  answer: {
    variable: 'ONYX_CANARY_ANSWER',
    meaning: 'A text that only the right answer contains. Upper and lower case are the same.',
    allowed: 'a regular expression',
    parse: (value: string) => {
      try {
        return value === '' ? undefined : new RegExp(value, 'i');
      } catch {
        return undefined;
      }
    },
  },
  model: {
    variable: 'ONYX_CANARY_MODEL',
    meaning: 'The model it asks for: a name of its own in LiteLLM tells its calls and its cost apart.',
    allowed: 'any text',
    fallback: canary.user,
    parse: text,
  },
  userId: {
    variable: 'ONYX_CANARY_USER_ID',
    meaning:
      'The user it asks as. The recorders of Suna leave the chats of this user out, so set it there too if you change it.',
    allowed: 'any text',
    fallback: canary.user,
    parse: text,
  },
  tokenFile: {
    variable: 'ONYX_CANARY_TOKEN_FILE',
    meaning:
      'The file with the bearer token of that user; an empty one is none. The file is read again before every question.',
    allowed: readableFile.allowed,
    fallback: '',
    otherwise: 'none',
    parse: (value: string) => (value === '' ? value : readableFile.parse(value)),
  },
  interval: {
    variable: 'ONYX_CANARY_INTERVAL',
    meaning: 'Time from one question to the next.',
    ...seconds,
    fallback: '60',
  },
  timeout: {
    variable: 'ONYX_CANARY_TIMEOUT',
    meaning: 'The longest that a whole answer may take. A longer one than the interval delays the next question.',
    ...seconds,
    fallback: '30',
  },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

type Name = keyof typeof canarySettings;
export type CanarySettings = { readonly [N in Name]: NonNullable<ReturnType<(typeof canarySettings)[N]['parse']>> };

/** Throws one error with a line for each variable that is missing or refused: its name, its value and what is allowed. */
export function readCanarySettings(environment: Readonly<Record<string, string | undefined>>): CanarySettings {
  const refused: string[] = [];
  const entries = Object.entries<Variable<unknown>>(canarySettings).map(([name, { variable, fallback, ...rest }]) => {
    const value = environment[variable]?.trim() || fallback;
    const parsed = value === undefined ? undefined : rest.parse(value);
    if (value === undefined) refused.push(`${variable} is not set: ${rest.allowed} is needed.`);
    else if (parsed === undefined) refused.push(`${variable}=${JSON.stringify(value)} is not ${rest.allowed}.`);
    return [name, parsed];
  });
  if (refused.length > 0) throw new Error(refused.join('\n'));
  return Object.fromEntries(entries) as CanarySettings;
}
