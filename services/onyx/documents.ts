// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// The Python Onyx reads them too: both know the same documents.
import words from './document-words.json' with { type: 'json' };

/** What the demonstration platform knows: a few hundred generated notes, the same in every run. */
export interface Document {
  readonly id: number;
  readonly title: string;
  readonly body: string;
}

const { subjects, actions, circumstances } = words;

export const documents: readonly Document[] = subjects.flatMap((subject, s) =>
  actions.flatMap((action, a) =>
    circumstances.map((circumstance, c) => ({
      id: 1 + (s * actions.length + a) * circumstances.length + c,
      title: `How to ${action} ${subject} that are ${circumstance}`,
      body: `Open settings, choose ${subject}, then ${action}. When ${circumstance}, ask an administrator first.`,
    })),
  ),
);
