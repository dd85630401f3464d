// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { Report } from '../report.ts';

/** Writes a report for one kind of reader. */
export type Reporter = (report: Report) => string;
