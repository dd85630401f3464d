// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Longest label value kept, in UTF-16 code units: the longest model name in LiteLLM's price list has 76. */
const maxLength = 128;

/** Names as models, routes (patterns included) and error types have them. No blank: a person's name is never a label value. */
const name = /^[\w./:*+{}()[\],?^$|\\@-]+$/;

/*
 * The one list of what looks personal or secret, for the preload, the verifier and the collector (`blocked_values` and the names of
 * metrics in collector-config/collector.yaml; a test compares them). It is written in the syntax that JavaScript and Go share: no
 * look-around and no back-references.
 */

/** A character, also as a URL encodes it, however often. */
const encodable = (character: string, hex: string): string => `(?:${character}|%(?:25)*${hex})`;
/** As keyboards of East Asia write them. */
const wide = { at: '\uff20', plus: '\uff0b' };
/** Digits of Arabic, Persian and Hindi, and those of East Asia. */
const foreignDigit = '[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]';
const at = String.raw`(?: ?(?:@|${wide.at}) ?|%(?:25)*40|&#(?:64|x40);|\\u0040)`;
const colon = encodable(':', '3a');
const dot = encodable('[.]', '2e');

/**
 * Digits in groups, from the first digit to the last: `17.6.1.136` is four groups, never `6.1.136` alone. So a version is no telephone
 * number because a part of it would be one.
 */
const groups = (...shapes: readonly string[]): string =>
  String.raw`(?:^|[^\d./() -]|(?:^|\D)[./() -])(?:${shapes.join('|')})(?:[./() -]?$|[./() -]\D|[^\d./() -])`;
/** Between two groups, as people write it; `s` where a dot or a slash would make it a version or a path. */
const S = String.raw`(?:[./() _-]{1,2}|%(?:25)*20|[^\x00-\x7f])`;
const s = String.raw`(?:[ _-]|%(?:25)*20|[^\x00-\x7f])`;

/** One unbroken run of digits: with letters on both sides it is part of a hash. */
const run = (...shapes: readonly string[]): string =>
  String.raw`(?:^|\D)(?:${shapes.join('|')})(?:[^\da-z]|$)|(?:^|[^\da-z])(?:${shapes.join('|')})[a-z]`;

/** A word that is not part of a longer one. */
const word = (...shapes: readonly string[]): string => `(?:^|[^A-Za-z0-9])(?:${shapes.join('|')})(?:[^A-Za-z0-9]|$)`;

const octet = String.raw`(?:[01]?\d?\d|2[0-5]\d)`;
const ipv4 = `${octet}(?:${dot}${octet}){3}`;
const hex = '[0-9a-f]{1,4}';
/**
 * An IPv4 address with dashes or underscores, as hosts are named after theirs. Four small numbers are a version as well, so the first or
 * the second is one that versions do not reach; `10` is that of private networks.
 */
const hundreds = String.raw`(?:1\d\d|2[0-4]\d|25[0-5])`;
const dashed = (dash: string): string =>
  `(?:^|[^a-z\\d${dash}]|[a-z]\\d?${dash})(?:10|${hundreds})(?:${dash}${octet}){3}(?:[^a-z\\d${dash}]|${dash}[a-z]|$)|(?:^|[^a-z\\d_-])\\d\\d?${dash}${hundreds}(?:${dash}${octet}){2}(?:[^a-z\\d${dash}]|$)`;
/** How addresses begin that are given out, and those of a link or of a private network. */
const ipv6 = '(?:200[0-3]|2[4-9ac][0-9a-f]{2}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])';

/** What looks personal or secret. */
export interface Pattern {
  readonly kind: string;
  readonly source: string;
  /** Whether `A` and `a` differ. */
  readonly exact?: true;
  /** Fewest digits and characters of a match: most values have fewer, and a pattern that is never tried costs no start anything. */
  readonly digits?: number;
  readonly length?: number;
  /** Characters of which a match has one at least, for the same reason. */
  readonly holds?: string;
}

const patterns = [
  // `@cf/…` is a scope, and `@default`, `@latest`, `@001` and `@20250805` are versions of models; everything else after an `@` is a host.
  {
    kind: 'an e-mail address',
    holds: `@%${wide.at}&\\`,
    source: String.raw`[^\s@/]${at}(?:[a-ce-km-z]|d[^e]|de[^f]|l[^a]|la[^t]|[^\s@]*[.][a-z]{2}|[^\x00-\x7f])`,
  },
  // With a country's code; `1.2.3+20240512` is the version of a build.
  {
    kind: 'a telephone number',
    digits: 7,
    source: String.raw`(?:^|[^\da-z])(?:[+${wide.plus}]|%(?:25)*2b)${S}?\d(?:${S}?\d){6}`,
  },
  {
    kind: 'a telephone number',
    length: 7,
    source: String.raw`${foreignDigit}(?:[\s./()_-]{0,2}${foreignDigit}){6}`,
  },
  // Seven digits or more in a row, but a date such as 20240806 and a time such as 20240806120000.
  {
    kind: 'a telephone number',
    digits: 7,
    source: run(
      String.raw`\d{7}|\d{9,13}|\d{15,}`,
      String.raw`(?:[013-9]\d|2[1-9])\d{6}|20(?:0\d|1[0-4]|[4-9]\d)\d{4}|20\d\d(?:00|1[3-9]|[2-9]\d)\d\d|20\d{4}(?:00|3[2-9]|[4-9]\d)`,
      String.raw`(?:[013-9]\d|2[1-9])\d{12}|20\d\d(?:00|1[3-9]|[2-9]\d)\d{8}`,
    ),
  },
  // Groups as national numbers have them: with a leading 0, three or more groups, or two long ones. Cards and most identity numbers too.
  {
    kind: 'a telephone number',
    digits: 7,
    source: groups(
      String.raw`0\d{1,4}${S}\d{5,8}|0\d{2,4}(?:${S}\d{2,7}){2,4}|0\d${S}\d{3,4}(?:${S}\d{2,4}){1,3}|0\d(?:${S}\d\d){4}`,
      String.raw`(?:\d${S})?\d{3}${S}\d{3}${S}(?:\d{3,4}|\d\d${S}\d\d)`,
      String.raw`[2-9]\d\d${s}\d{4}|(?:2[1-9]|[3-9]\d)\d\d${s}\d{4}|\d{5,6}(?:${s}|[+/])\d{4,7}|[1-9]\d{2,3}(?:${s}|/)\d{6,7}`,
      // A day and a number of four digits that is no time of that day.
      String.raw`\d{8}[+_-](?:(?:2[4-9]|[3-9]\d)\d\d|\d\d[6-9]\d)`,
      String.raw`\d\d${s}\d{3}(?:${s}\d\d){2}|\d\d(?:${s}\d\d){3,4}|\d{3}${s}\d\d${s}\d{3,4}|\d{3}${s}\d{3,4}${s}\d{2,4}|\d{3}(?:${s}\d\d){3}`,
      String.raw`(?:1\d|2[1-9]|[3-9]\d)\d\d(?:${s}\d{3,6}){2,4}|[1-9]\d${s}\d{4,5}${s}\d{4}|\d\d(?:${s}\d{3}){3}|\d{4}(?:[+]\d{4}){3}`,
      String.raw`[(]0[)]${S}?\d{1,4}(?:${S}\d{2,7}){1,4}`,
      String.raw`[12](?:${s}\d\d){3}(?:${s}\d{3}){2}(?:${s}\d\d)?|19\d\d-\d\d-\d\d-\d{4}`,
    ),
  },
  // Brazil, Chile, Switzerland, Belgium, the Netherlands; Italy; a card of which the middle is hidden.
  {
    kind: 'an identity number',
    digits: 7,
    source: word(
      String.raw`\d{3}[.]\d{3}[.]\d{3}-\d\d|\d{1,2}[.]\d{3}[.]\d{3}-[\dk]|756[.]\d{4}[.]\d{4}[.]\d\d|\d\d[.]\d\d[.]\d\d-\d{3}[.]\d\d|(?:1\d|2[1-9]|[03-9]\d)\d\d[.]\d\d[.]\d{3}`,
      String.raw`[a-z]{6}\d\d[a-z]\d\d[a-z]\d{3}[a-z]|\d{4,6}[*x]{4,}\d{4}`,
    ),
  },
  // In whatever case: France, Spain, the United Kingdom; Finland, but for endings such as those of `240806-128k` and `-405b`; German
  // identity cards as most are numbered; bank accounts, of which two groups at least are numbers.
  {
    kind: 'an identity number',
    digits: 5,
    length: 8,
    source: word(
      String.raw`\d\d[a-z]{2}\d{5}|[xyz]-?\d{7}-?[a-z]|[a-z]{2}(?:[ _-]?\d\d){3}[ _-]?[a-d]`,
      String.raw`(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d(?:[a-fu-y]\d{3}[\da-z]|[+-]\d{3}[ac-fhjlnpr-y])`,
      String.raw`[cf-hj-npr-tv-z]\d\d[cf-hj-npr-tv-z]\d\d[cf-hj-npr-tv-z]\d{2,3}`,
      String.raw`[a-z]{2}\d\d(?:${s}[a-z]{4})?(?:${s}\d{4}){2,7}${s}[a-z\d]{1,4}`,
    ),
  },
  // Finland, the United Kingdom, German identity cards, bank accounts: lower-case letters would be words such as `128k`.
  {
    kind: 'an identity number',
    digits: 6,
    source: word(
      String.raw`\d{6}[A-FU-Y+_-]\d{3}[0-9A-FHJ-NPR-Y]|[A-Z]{2}(?: ?\d\d){3} ?[A-D]`,
      String.raw`[CFGHJ-NPRTV-Z](?:\d|[CFGHJ-NPRTV-Z]\d)[CFGHJ-NPRTV-Z\d]{6,8}`,
      String.raw`[A-Z]{2}\d\d(?:${s}[A-Z\d]{4}){2,7}(?:${s}[A-Z\d]{1,4})?`,
    ),
    exact: true,
  },
  // Four numbers after a path and a colon are the tag of an image, as in supabase/postgres:17.6.1.136, unless they belong to a private
  // network or have a port.
  {
    kind: 'an IP address',
    digits: 4,
    length: 7,
    holds: '._-%',
    source: [
      String.raw`(?:^|[^\d.:v]|[a-z]v)${ipv4}(?:[.]?$|[.]?[^\d.])`,
      String.raw`^[^/]*:${ipv4}(?:[.]?$|[.]?[^\d.])`,
      String.raw`:(?:(?:0|10|100|127|169|172|192)(?:[.]${octet}){3}(?:[.]?$|[.]?[^\d.])|${ipv4}[:/])`,
      String.raw`(?:^|[^a-z])ip[_-]?\d{1,3}(?:[_-]\d{1,3}){3}(?:\D|$)`,
      dashed('-'),
      dashed('_'),
    ].join('|'),
  },
  // `Net::ReadTimeout` is the name of an error: no group of an address has other letters.
  {
    kind: 'an IP address',
    holds: ':%_-',
    source: [
      `(?:^|[^0-9a-z:]|%(?:25)*5b)(?:(?:${hex}${colon}){1,7}(?:${colon}${hex}){1,7}|(?:${hex}${colon}){1,7}${colon}|${colon}(?:${colon}${hex}){1,7}|(?:${hex}${colon}){4,}${hex})(?:[^0-9a-z:]|$)`,
      // Also where a letter is before it, or where a name of a metric or of a host has no colons.
      `${ipv6}(?:(?:${colon}${hex}){0,6}${colon}{2}|(?:${colon}${hex}){4})`,
      `(?:^|[^0-9a-z])${ipv6}(?:(?:[_-]${hex}){1,6}[_-]{2}(?:[0-9a-f]|$)|(?:[_-]${hex}){7}(?:[^0-9a-z]|$))`,
    ].join('|'),
  },
  {
    kind: 'a MAC address',
    length: 13,
    holds: ':%_-. ',
    source: word(
      `[0-9a-f]{2}(?:${colon}[0-9a-f]{2}){5}|[0-9a-f]{2}(?:[ _-][0-9a-f]{2}){5}|[0-9a-f]{4}(?:[._][0-9a-f]{4}){2}`,
      `[0-9a-f]{4}(?:${colon}[0-9a-f]{4}){2}|[0-9a-f]{6}[:-][0-9a-f]{6}`,
    ),
  },
  // Twelve digits alone are those of a container or a commit as well. So: letters only, one of the oldest vendors' (00), a part of a path,
  // or said to be one. The second digit of an address that one device has is even.
  {
    kind: 'a MAC address',
    length: 12,
    source: [
      String.raw`(?:^|[^a-z\d])(?:[a-f]{12}|00[\da-f]{10})(?:[^a-z\d]|$)`,
      String.raw`/[\da-f][02468ace][\da-f]{10}(?:[/?#]|$)`,
      String.raw`(?:mac|bssid|wifi|ethernet|device|phone)(?:[_-]?(?:addr(?:ess)?|id))?[^a-z\d]{1,3}[\da-f]{12}(?:[^a-z\d]|$)`,
    ].join('|'),
  },
  // Known beginnings; after those that are words as well comes one long word with a digit.
  {
    kind: 'a key or token',
    length: 7,
    holds: '-_',
    source: String.raw`(?:^|[^a-z\d])(?:(?:sk|rk|gsk|gh[opsur]|github[-_]pat|gl(?:pat|ptt|rt|dt|ft|soat|cbt|imt|agent)|xox[a-z]|xapp|shp(?:at|ss)|dop[-_]v1|whsec|tvly)[-_])(?:[\w-]*\d[\w-]{5}|[\w-]{5,}\d|[\w-]{16}|\d{4})|(?:^|[^a-z\d])[prs]k[-_](?:live|test)[-_]\w{3}`,
  },
  {
    kind: 'a key or token',
    length: 10,
    holds: '-_ =:%',
    source: String.raw`(?:^|[^a-z\d])(?:pk|hf|npm|(?:api[_-]?)?key|token|bearer|secret)(?:[-_ =:]|%(?:25)*(?:20|3[ad]))(?:(?:live|test)[-_])?(?:[a-z\d]{3,}\d[a-z\d]{3}|\d[a-z\d]{7}|[a-z\d]{7,}\d|[a-z\d]{20})`,
  },
  // What is said to be a secret, whatever it is.
  {
    kind: 'a key or token',
    length: 5,
    holds: '=%',
    source: `(?:passw(?:or)?d|passphrase|pwd|secret|access_?key|account_?key|[?&]sig)${encodable('=', '3d')}[^ ]`,
  },
  // A cookie, and what is encoded: its padding has no other use.
  {
    kind: 'a key or token',
    length: 5,
    holds: '=%',
    source: `(?:^|[^a-z\\d])(?:[a-z]{0,8}sess(?:ion)?(?:_?id)?|(?:connect[.])?sid|cookie|[cx]srf[_-]?token)${encodable('=', '3d')}[^ ]`,
  },
  {
    kind: 'a key or token',
    length: 8,
    holds: '=%',
    source: String.raw`[A-Za-z\d+/_-]{4,}(?:[a-z][A-Z]|\d)[A-Za-z\d+/_-]*${encodable('=', '3[dD]')}{1,2}(?:[^A-Za-z\d=]|$)`,
    exact: true,
  },
  {
    kind: 'a key or token',
    length: 8,
    holds: ' %',
    source: String.raw`(?:^|[^A-Za-z\d])(?:[Bb]asic|[Bb]earer)(?: |%(?:25)*20)[A-Za-z\d+/]*(?:[a-z][A-Z]|\d)`,
    exact: true,
  },
  {
    kind: 'a key or token',
    length: 11,
    source: String.raw`(?:^|[^A-Za-z\d])(?:(?:A[KS]IA|A[GIR][DOP]A|eyJ)\w{8}|AIza[\w-]{20}|SG[.][\w-]{16}|hv[sbr][.]\w{8}|AGE-SECRET)|PRIVATE KEY`,
    exact: true,
  },
  // Long runs that mix letters and digits: all from 20 characters on, some from 17.
  {
    kind: 'a key or token',
    digits: 1,
    length: 17,
    source: String.raw`\d[a-z\d]{16}|[a-z\d]{4}\d[a-z\d]{12}|[a-z\d]{8}\d[a-z\d]{8}|[a-z\d]{12}\d[a-z\d]{4}|[a-z\d]{16}\d`,
  },
  { kind: 'a key or token', length: 19, source: '[0-9a-f]{8}(?:[_-][0-9a-f]{4}){2}[_-]' },
] as const satisfies readonly Pattern[];

export type PersonalKind = (typeof patterns)[number]['kind'];

/** What the preload and the collector make of people: it may look like anything, and identifies no person. */
const pseudonym = '^(?:[utk]_[0-9a-f]{12}|c_[0-9]{1,3}|g_[0-9a-f]|other)$';

const isPseudonym = new RegExp(pseudonym);
const compiled = patterns.map((pattern: Pattern & { readonly kind: PersonalKind }) => {
  const { kind, source, exact, digits = 0, length = 0, holds } = pattern;
  return { kind, digits, length, holds: holds && [...holds], pattern: new RegExp(source, exact ? '' : 'i') };
});

/** What in `value` looks personal or secret, if anything. */
export function personalKind(value: string): PersonalKind | undefined {
  if (isPseudonym.test(value)) return undefined;
  const count = value.replace(/\D+/g, '').length;
  return compiled.find(({ pattern, digits, length, holds }) => {
    if (count < digits || value.length < length) return false;
    return (!holds || holds.some((character) => value.includes(character))) && pattern.test(value);
  })?.kind;
}

/** The list as Go's regular expressions: what a value must not hold, and what it may be all the same. */
export const goPatterns = {
  blocked: patterns.map((pattern) => `(?${'exact' in pattern ? '' : 'i'}:${pattern.source})`),
  allowed: [pseudonym],
} as const;

/** All of it for the Python package, as sources of JavaScript's regular expressions. */
export const valuePatterns: {
  readonly patterns: readonly Pattern[];
  readonly pseudonym: string;
  readonly name: string;
  readonly maxLength: number;
} = { patterns, pseudonym, name: name.source, maxLength };

/**
 * Whether `value` may be shown as the value of an open label: a short name that holds no e-mail address, telephone number, identity
 * number, IP or MAC address, key or token. It is the last line: what identifies a person belongs into no label but a pseudonymous one.
 */
export function isHarmless(value: string): boolean {
  return value.length <= maxLength && name.test(value) && personalKind(value) === undefined;
}
