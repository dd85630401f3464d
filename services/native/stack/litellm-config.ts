// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../environment.ts';

/** `litellm_params` of a model, in LiteLLM's words. */
export type ModelParameters = Readonly<Record<string, unknown>>;

interface Config {
  readonly model_list: readonly { readonly model_name: string; readonly litellm_params: ModelParameters }[];
}

/** Where the configuration of LiteLLM is in a stack's folder. */
export function litellmConfigIn(folder: string): string {
  return join(folder, 'litellm.yaml');
}

/** Writes `services/litellm/config.yaml` there, with other parameters of the models that are named, and the code that it names. */
export async function layOutLiteLlm(
  folder: string,
  changed: Readonly<Record<string, ModelParameters>> = {},
): Promise<void> {
  const source = join(root, 'services/litellm');
  const config = parse(await readFile(join(source, 'config.yaml'), 'utf8')) as Config;
  const models = config.model_list.map((model) => ({
    ...model,
    litellm_params: { ...model.litellm_params, ...changed[model.model_name] },
  }));
  await copyFile(join(source, 'quoting.py'), join(folder, 'quoting.py'));
  await writeFile(litellmConfigIn(folder), stringify({ ...config, model_list: models }));
}
