// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Reporter } from './reporter.ts';

/** For machines; docs/reference/verify.schema.json describes it. */
export const json: Reporter = (report) => JSON.stringify(report, null, 2);
