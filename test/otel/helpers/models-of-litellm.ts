// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../../services/native/environment.ts';
import { platformPython } from '../../../services/native/programs/python.ts';

/** Every name in the price list that comes with LiteLLM, as the platform has it installed. */
export async function modelsOfLitellm(): Promise<string[]> {
  const { packages } = await platformPython(readSettings());
  const list = await readFile(join(packages, 'litellm/model_prices_and_context_window_backup.json'), 'utf8');
  return Object.keys(JSON.parse(list));
}
