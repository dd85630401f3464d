// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** What the demonstration platform knows: a few hundred generated notes, the same in every run. */
export interface Document {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

const subjects = [
  'invoice billing payment',
  'login password account',
  'backup restore database',
  'invitation team workspace',
  'export report spreadsheet',
  'webhook delivery retry',
  'search index language',
  'upload attachment storage',
  'calendar meeting reminder',
  'translation glossary review',
] as const;

const actions = [
  'create',
  'change',
  'delete',
  'schedule',
  'share',
  'verify',
  'archive',
  'repair',
  'monitor',
  'explain',
];
const circumstances = ['nightly', 'shared', 'expired', 'duplicate', 'foreign', 'urgent'];

export const documents: readonly Document[] = subjects.flatMap((subject, s) =>
  actions.flatMap((action, a) =>
    circumstances.map((circumstance, c) => ({
      id: 1 + (s * actions.length + a) * circumstances.length + c,
      title: `How to ${action} ${subject} that are ${circumstance}`,
      body: `Open settings, choose ${subject}, then ${action}. When ${circumstance}, ask an administrator first.`,
    })),
  ),
);
