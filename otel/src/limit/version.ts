// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { personalKind } from './personal-data.ts';

/** What versions and tags are written with; collector.yaml holds the same. */
const version = /^[\dA-Za-z][\w.+-]{0,39}$/;
/** A commit's whole hash looks like a secret. */
const commit = /^[\da-f]{12,64}$/;

/**
 * Returns the label value of a version, at most 40 characters; nothing for a text that is no version, or that looks personal or secret. Of
 * a commit the first 8 digits, or 7, or 6: all decimal ones look like a telephone number.
 */
export function shownVersion(text: string): string | undefined {
  const shown = commit.test(text) ? [text.slice(0, 8), text.slice(0, 7), text.slice(0, 6)] : [text];
  return shown.find((each) => version.test(each) && personalKind(each) === undefined);
}
