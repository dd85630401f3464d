// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, root } from '../../../services/native/environment.ts';
import { run as command } from '../../../services/native/processes/command.ts';
import { onyxPython, virtualEnvironment } from '../../../services/native/programs/python.ts';
import { pythonPreload } from '../../../services/native/programs/python-preload.ts';
import { pythonOf, versions } from './versions.ts';

/** The sources of the Python package. */
export const source = join(root, 'otel/python');

/** The folder that a Python service is preloaded with, as it is handed over. */
export const preload = (): Promise<string> => pythonPreload(readSettings());

/** Python with the frameworks and servers that services run on, and what checks the package. */
export const frameworksPython = (signal?: AbortSignal): Promise<string> =>
  pythonWith('python-frameworks', join(source, 'tests/requirements.txt'), signal);

/** Python with an SDK of OpenTelemetry of another version than ours. */
export const olderSdkPython = (signal?: AbortSignal): Promise<string> =>
  pythonWith('python-older-sdk', join(import.meta.dirname, 'older-sdk.txt'), signal);

async function pythonWith(kind: string, requirements: string, signal: AbortSignal | undefined): Promise<string> {
  return (await virtualEnvironment(kind, requirements, readSettings(), signal)).python;
}

/** Where the packages of an environment are. */
export const packagesOf = (python: string): Promise<string> =>
  command(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);

/** Where this other Python finds packages written in Python alone, such as Starlette and pytest: those above, and what 3.10 lacks. */
export async function purePackages(version: string, python: string): Promise<string> {
  const packages = await packagesOf(await frameworksPython());
  if (version !== '3.10') return packages;
  const all = await readFile(join(source, 'tests/requirements.txt'), 'utf8');
  const older = all.split(/\n(?=\S)/).filter((each) => each.includes("python_full_version < '3.11'"));
  const requirements = join(await mkdtemp(join(tmpdir(), 'onyx-python-')), 'requirements.txt');
  await writeFile(requirements, `${older.join('\n')}\n`);
  const settings = { ...readSettings(), python };
  return `${(await virtualEnvironment('python-older', requirements, settings)).packages}:${packages}`;
}

/** Makes everything above. */
export async function pythonServices(signal?: AbortSignal): Promise<void> {
  await Promise.all([
    preload(),
    frameworksPython(signal),
    olderSdkPython(signal),
    onyxPython(readSettings(), signal),
    ...Object.keys(versions).map(pythonOf),
  ]);
}
