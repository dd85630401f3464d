// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { readSettings, root } from '../../../services/native/environment.ts';
import { virtualEnvironment } from '../../../services/native/programs/python.ts';
import { pythonPreload } from '../../../services/native/programs/python-preload.ts';

/** The sources of the Python package. */
export const source = join(root, 'otel/python');

/** The folder that a Python service is preloaded with, as it is handed over. */
export const preload = (): Promise<string> => pythonPreload(readSettings());

/** Python with the frameworks and servers that services run on, and what checks the package. */
export async function frameworksPython(signal?: AbortSignal): Promise<string> {
  const requirements = join(source, 'tests/requirements.txt');
  return (await virtualEnvironment('python-frameworks', requirements, readSettings(), signal)).python;
}
