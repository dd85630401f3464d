// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { root } from '../../services/native/environment.ts';

const document = parse(readFileSync(join(root, 'services/metrics-api/openapi.yaml'), 'utf8'));
// Not strict: what surrounds the schemas is OpenAPI's.
const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(document, 'openapi');

export const operations: readonly string[] = Object.keys(document.paths);

/** Why an answer is not what openapi.yaml says of it: an empty list when it is. */
export function deviations(path: string, status: number, contentType: string | null, body: unknown): string[] {
  const responses = document.paths[path]?.get?.responses ?? {};
  if (!(status in responses)) return [`${path} is not described with status ${status}`];
  if (!contentType?.startsWith('application/json')) return [`${path} is ${contentType}`];
  const pointer = responses[status].$ref ?? `#/paths/${path.replace('/', '~1')}/get/responses/${status}`;
  const validate = ajv.compile({ $ref: `openapi${pointer}/content/application~1json/schema` });
  return validate(body) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
