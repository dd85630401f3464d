// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Alternating } from '../harness.ts';
import { incomingPreloads } from '../preloads.ts';
import { measured } from './outgoing.ts';

export const outgoingAlone: Alternating = {
  ...measured,
  name: 'outgoing-alone',
  question: 'What do outgoing requests add to incoming ones, and what of it is the price of any listener?',
  subjects: incomingPreloads,
};
