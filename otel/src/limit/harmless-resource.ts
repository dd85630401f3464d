// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { personalKind } from './personal-data.ts';
import { isPersonalLabel } from './personal-labels.ts';
import { shownVersion } from './version.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** People name machines after themselves, and commands hold passwords. */
const ofMachine = /^(host[.](id|name)|process[.](owner|command.*))$/;

/**
 * The resource without what is personal: its attributes are labels of `target_info` on a service's own `/metrics`. The two that name a
 * process stay in some form, as the collector has them: a name becomes `redacted`, an instance id a hash that tells it apart all the same.
 * A version that is a commit is shortened, and stays.
 */
export function harmlessResource({ attributes }: Resource): Resource {
  const kept = Object.entries(attributes).flatMap(([name, value]): [string, typeof value][] => {
    const personal = typeof value === 'string' && personalKind(value) !== undefined;
    if (name === 'service.name') return [[name, personal ? 'redacted' : value]];
    if (name === 'service.instance.id') return [[name, personal && !uuid.test(value) ? hashed(value) : value]];
    if (name === 'service.version') {
      const shown = shownVersion(String(value));
      return shown === undefined ? [] : [[name, shown]];
    }
    return personal || isPersonalLabel(name) || ofMachine.test(name) ? [] : [[name, value]];
  });
  return resourceFromAttributes(Object.fromEntries(kept));
}

function hashed(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}
