// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Longest label value kept, in UTF-16 code units; longer ones say nothing to a reader of a dashboard. */
const maxLength = 64;

/** Names as models, routes (patterns included) and error types have them. No blank and no `@`: an e-mail address is never a label value. */
const name = /^[\w./:*+{}()[\],?^$|\\-]+$/;

/** A date as model names end in: `2024-08-06`, `20240806`. Its digits are nobody's phone number. */
const date = /(?<!\d)20\d\d(-?)[01]\d\1[0-3]\d(?!\d)/g;

const personal = {
  'an e-mail address': [/[^\s@]@[^\s@]*[a-z]/i],
  // Seven digits, with whatever people write between them.
  'a telephone number': [/\d(?:[-./()]?\d){6}/],
  'an IP address': [/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/, /[\da-f]*::[\da-f]*|(?:[\da-f]{1,4}:){4}/i],
  // Known beginnings, long runs that mix letters and digits, and UUIDs.
  'a key or token': [
    /(?<![a-z\d])(?:sk|pk|rk|gh[opsur]|github_pat|glpat|xox[a-z]|hf|key|bearer)[-_][\w-]{6,}/i,
    /(?<![a-z\d])(?:AKIA|eyJ)\w{8,}/,
    /(?=[a-z\d]*\d)(?=[a-z\d]*[a-z])[a-z\d]{20,}/i,
    /[\da-f]{8}-[\da-f]{4}-/i,
  ],
} as const satisfies Readonly<Record<string, readonly RegExp[]>>;

export type PersonalKind = keyof typeof personal;

/** What in `value` looks personal or secret, if anything. */
export function personalKind(value: string): PersonalKind | undefined {
  const dateless = value.replace(date, 'date');
  const kinds = Object.entries(personal) as [PersonalKind, readonly RegExp[]][];
  return kinds.find(([, patterns]) => patterns.some((pattern) => pattern.test(dateless)))?.[0];
}

/**
 * Whether `value` may be shown as the value of an open label: a short name that holds no e-mail address, phone number, IP
 * address, key or token. It is the last line: what identifies a person belongs into no label but a pseudonymous one.
 */
export function isHarmless(value: string): boolean {
  return value.length <= maxLength && name.test(value) && personalKind(value) === undefined;
}
