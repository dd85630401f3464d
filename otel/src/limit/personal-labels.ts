// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * The one list of label names whose values identify a person, a device or a session, or are a secret. What counts is how a name ends:
 * `enduser.id`, `currentUserEmail` and `x-session-id` are personal, while `userAgentFamily`, `username_length`, `user_type`,
 * `email_domain` and `session_count` say something about a person that many others share.
 */

const person = '(?:end)?_?user|customer|member|patient|employee|person|student|subscriber|visitor|recipient';

const personal = `(?:^|_)(?:${[
  `(?:${person})(?:_?(?:id|uid|uuid|key|name|login|handle|number))?|author|assignee`,
  '(?:account|conversation|thread|chat)_?(?:id|number)',
  'user_?agent|uid|login|nick_?name|sur_?name|(?:first|last|full|given|family|display|maiden)_?name',
  '(?:user|customer|contact)?e?_?mail(?:_?addr(?:ess)?)?',
  '(?:tele|mobile_?)?phone(?:_?(?:no|number))?|msisdn|mobile_?number',
  '(?:user|client|remote|peer|source)?_?ip|(?:ip|mac|client|remote|peer|source|home|street|postal|billing|shipping)_?addr(?:ess)?|forwarded_?for',
  'session|session_?(?:id|key|token)|cookie|(?:device|advertising)_?id|fingerprint',
  'pass_?(?:word|wd|phrase)|secret|api_?key|(?:access|auth|refresh|bearer|id|csrf)_?token|authorization|credentials?',
  'ssn|social_?security_?number|personal_?(?:id|number)|national_?id|tax_?id|passport(?:_?number)?|iban|card_?number|birth_?(?:date|day)|date_?of_?birth|dob',
].join('|')})$`;

/** What may follow and leaves a value what it is: `user_agent.original`, `user_id_hash`, `emails`, `phone2`. */
const furtherWords = '(?:_(?:raw|original|value|text|string|str|hash|hashed|sha256|md5))+$';
const plural = '(id|key|name|number|mail|phone|ip|token)s$';

/** As sources of regular expressions, for the Python package. */
export const labelPatterns = { personal, furtherWords, plural } as const;

const compiled = { personal: new RegExp(personal), furtherWords: new RegExp(furtherWords), plural: new RegExp(plural) };

/** Whether the values of a label of this name are personal, in whatever spelling: camel or snake case, dotted, with dashes, in capitals. */
export function isPersonalLabel(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .toLowerCase()
    .replace(/_?\d*_*$/, '')
    .replace(compiled.furtherWords, '')
    .replace(compiled.plural, '$1');
  return compiled.personal.test(words);
}
