// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { report } from './report.ts';

/** Content of docs/reference/verify.schema.json: JSON Schema, draft 2020-12, of what `--json` writes. */
export function reportSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(report), null, 2)}\n`;
}
