// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings, root } from '../../../services/native/environment.ts';
import { run as command } from '../../../services/native/processes/command.ts';
import { cached } from '../../../services/native/programs/cache.ts';
import { onyxPython, pipInstall, virtualEnvironment } from '../../../services/native/programs/python.ts';
import { pythonPreload } from '../../../services/native/programs/python-preload.ts';
import { pythonOf, versions } from './versions.ts';

/** The sources of the Python package. */
export const source = join(root, 'otel/python');

const frameworks = join(source, 'tests/requirements.txt');

/** The folder that a Python service is preloaded with, as users get it. */
export const preload = (): Promise<string> => pythonPreload(readSettings());

/** Python with the frameworks and servers that services run on, and what checks the package. */
export const frameworksPython = (signal?: AbortSignal): Promise<string> =>
  pythonWith('python-frameworks', frameworks, signal);

/** Python with an SDK of OpenTelemetry of another version than ours. */
export const olderSdkPython = (signal?: AbortSignal): Promise<string> =>
  pythonWith('python-older-sdk', join(import.meta.dirname, 'older-sdk.txt'), signal);

async function pythonWith(kind: string, requirements: string, signal: AbortSignal | undefined): Promise<string> {
  return (await virtualEnvironment(kind, requirements, readSettings(), signal)).python;
}

/** Where the packages of an environment are. */
export const packagesOf = (python: string): Promise<string> =>
  command(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);

/** What is compiled for one version of Python, of what services and tests run. */
const compiled = /^(aiohttp|frozenlist|msgspec|multidict|propcache|pydantic-core|yarl)==/;

/** Where another version of Python finds the frameworks and what checks the package: what it has in a form of its own, then what is above. */
export async function packagesFor(version: string): Promise<string> {
  const [python, all] = await Promise.all([frameworksPython(), readFile(frameworks, 'utf8')]);
  const above = await command(python, ['-c', 'import platform; print(platform.python_version())']);
  const own = all
    .split(/\n(?=\S)/)
    .filter((each) => applies(each, version) && (compiled.test(each) || !applies(each, above)));
  // A marker would be of the Python that installs.
  const requirements = own.map((each) => `${each.replace(/ ;[^\\\n]*/, '')}\n`).join('');
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const { cacheDir } = readSettings();
  const folder = await cached({
    cacheDir,
    kind: 'python-packages',
    key: [version, requirements, arch],
    make: async (draft) => {
      const file = join(draft, 'requirements.txt');
      await writeFile(file, requirements);
      const platforms = ['2014', '_2_17', '_2_28'].flatMap((of) => ['--platform', `manylinux${of}_${arch}`]);
      const target = ['--target', draft, '--python-version', version, '--implementation', 'cp', ...platforms];
      // pip asks the Python that installs, not the one it installs for.
      const options = ['--ignore-requires-python', '--only-binary', ':all:'];
      await pipInstall(python, [...target, ...options, '--requirement', file], cacheDir);
    },
  });
  return `${folder}:${await packagesOf(python)}`;
}

/** Whether a line of requirements is for this version of Python, on Linux. */
function applies(requirement: string, version: string): boolean {
  if (/sys_platform == 'win32'|platform_python_implementation (== 'PyPy'|!= 'CPython')/.test(requirement)) return false;
  const [, operator, limit = ''] = /python_full_version ([<>]=?) '([\d.]+)'/.exec(requirement) ?? [];
  if (operator === undefined) return true;
  const older = version.localeCompare(limit, 'en', { numeric: true }) < 0;
  return operator === '<' ? older : !older;
}

/** Makes everything above. */
export async function pythonServices(signal?: AbortSignal): Promise<void> {
  await Promise.all([
    preload(),
    frameworksPython(signal),
    olderSdkPython(signal),
    onyxPython(readSettings(), signal),
    ...Object.keys(versions).map(async (version) => (await pythonOf(version)) && packagesFor(version)),
  ]);
}
