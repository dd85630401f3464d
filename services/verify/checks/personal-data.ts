// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { personalKind } from '../../../otel/src/limit/personal-data.ts';
import { shaped } from '../../prometheus/shape.ts';
import { type Check, fail, pass, unchecked } from '../check.ts';
import { sixAtOnce } from '../six-at-once.ts';

/** Series that come from the collector: what Prometheus says of itself names paths and addresses of its own. */
const ofPlatform = '{service!=""}';
/** They hold numbers, or names that rules give. */
const harmless = ['__name__', 'le', 'quantile', 'service', 'job'];

/** What these labels may hold, though it looks like something else. */
const shapes: Readonly<Record<string, RegExp>> = {
  // Of the preload (otel/src/export/identity.ts), random UUIDs, what the collector hashes, and where it scrapes.
  instance:
    /^((127\.0\.0\.1|[a-z][a-z0-9_.-]*):\d{1,5}|[a-z][a-z0-9_-]{0,30}-[0-9a-f]{8}-p?\d{1,7}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12})$/,
  // What follows the colon is a version, however much it looks like an address: supabase/postgres:17.6.1.136.
  image: /^[a-z0-9][a-z0-9._/-]*(:\d+\/[a-z0-9._/-]+)?:\w[\w.-]{0,127}(@sha256:[0-9a-f]{64})?$/,
  // A pseudonym, a cohort, a group of the collector's, or everybody else.
  user_id: /^(u_[0-9a-f]{12}|c_\d{1,3}|g_[0-9a-f]|other)$/,
  // What the collector makes of teams and keys of LiteLLM.
  team_hash: /^(t_[0-9a-f]{12}|none)$/,
  key_hash: /^k_[0-9a-f]{12}$/,
};

export const personalData: Check = {
  id: 'personal-data',
  criterion: 'privacy',
  promise:
    'No label holds an e-mail, IP or MAC address, a telephone or identity number, a key or token, and no user id is a raw one',
  async run(platform) {
    const { prometheus } = platform;
    const subject = 'label values';
    const labels = shaped(
      z.array(z.string()),
      await prometheus.ask('labels', { 'match[]': ofPlatform }),
      'Prometheus (labels)',
    );
    const addresses = new Set((await platform.targets()).map((target) => target.labels.instance));
    const scanned = labels.filter((label) => !harmless.includes(label));
    const values = (
      await sixAtOnce(scanned, async (label) =>
        (await prometheus.labelValues(label, ofPlatform)).map((value) => ({ label, value })),
      )
    ).flat();
    if (values.length === 0) return [unchecked(subject, 'there is nothing from the collector')];
    const found = values.flatMap(({ label, value }) => {
      if (label === 'instance' && addresses.has(value)) return [];
      if (shapes[label]?.test(value)) return [];
      const kind = personalKind(value) ?? (label === 'user_id' ? 'a user id that is no pseudonym' : undefined);
      return kind === undefined ? [] : [{ label, kind }];
    });
    if (found.length === 0) return [pass(subject, `${values.length} values of ${scanned.length} labels look harmless`)];
    // Which label and what kind; what it says is exactly what must not be written anywhere.
    const seen = [...new Set(found.map(({ label, kind }) => `${kind} in ${label}`))].join(', ');
    return [
      fail(subject, {
        expected: 'names, numbers and pseudonyms',
        seen: `${seen} (${found.length} of ${values.length} values)`,
        cause: 'a sender records it, and the label is on the list of those that may pass',
        change: 'the sender; the lists and blocked_values in collector-config/collector.yaml; then delete the series',
      }),
    ];
  },
};
