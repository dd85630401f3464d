// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { root } from '../native/environment.ts';
import { binary } from '../native/programs/binaries.ts';
import { placePythonPreload } from '../native/programs/python-preload.ts';
import {
  attach,
  attachFile,
  filler,
  type Image,
  keySecret,
  optionFor,
  type ResolvedProject,
  tokenSecret,
  type Wish,
} from './attach-file.ts';

/*
 * `npm run attach`: writes a Compose file that has services of a platform send their metrics. Everything is checked before anything is
 * written, the result by Docker's own loader.
 */

const made = '# Made by `npm run attach';
const overlay = join(root, 'docker-compose.otel.yml');

const listed = (value: string, list: readonly string[] = []): string[] => [...list, value];
const command = new Command('npm run attach --')
  .description(`Writes ${attachFile}, with which services of a platform send their metrics to the collector.`)
  .argument('<compose file>', "the platform's Compose file")
  .argument('[service...]', 'Node services, each perhaps with the name it has in metrics: frontend=suna')
  .option('-f, --file <file>', 'another Compose file of the platform, as for docker compose; repeatable', listed)
  .option('--project-directory <folder>', "as for docker compose; default: the Compose file's folder")
  .option('--python <service>', 'a Python service, perhaps with a name; repeatable', listed)
  .option(
    '--image-node-options <service=value>',
    'what NODE_OPTIONS is in the image of a Node service, where Docker cannot be asked; repeatable',
    listed,
  )
  .option('--image-pythonpath <service=value>', 'the same of PYTHONPATH and a Python service; repeatable', listed)
  .parse();
const {
  file: further = [],
  python = [],
  imageNodeOptions = [],
  imagePythonpath = [],
  projectDirectory,
} = command.opts<{
  file?: string[];
  projectDirectory?: string;
  python?: string[];
  imageNodeOptions?: string[];
  imagePythonpath?: string[];
}>();

// npm runs scripts in its own folder and says where it was called.
const calledIn = process.env.INIT_CWD ?? process.cwd();

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<string> {
  const [first = '', ...services] = command.args;
  const wishes = [...services.map(wish('node')), ...python.map(wish('python'))];
  if (wishes.length === 0) throw new Error(`No service given after ${first}: name those that are to send metrics.`);
  const files = [first, ...further].map((file) => resolve(calledIn, file));
  for (const file of files)
    await access(file).catch(() => {
      throw new Error(`${file} cannot be read: name the Compose file of the platform, then its services.`);
    });
  const directory = resolve(calledIn, projectDirectory ?? dirname(files[0] as string));
  const target = join(directory, attachFile);
  await refuseForeign(target);

  const shown = relative(directory, files[0] as string);
  const started = ['docker compose', ...files.map((file) => `-f ${relative(directory, file)}`)].join(' ');
  const whole = `${started} -f ${relative(directory, overlay)} -f ${attachFile} up -d`;
  const platform = await load(directory, files);
  const overlaid = await load(directory, [...files, overlay]).catch(({ message }: Error) => {
    const missing = /undefined network ([\w.-]+)/.exec(message)?.[1];
    if (missing === undefined) throw new Error(message);
    const keys = Object.keys(platform.networks ?? {});
    throw new Error(
      `${missing} is no network of ${shown}, which has ${keys.join(', ')}: set ONYX_NETWORK in its .env to one.`,
    );
  });
  const { text, notes } = await attach({
    platform,
    overlaid,
    file: shown,
    wishes,
    ofImages: {
      node: new Map(imageNodeOptions.map(pair('node'))),
      python: new Map(imagePythonpath.map(pair('python'))),
    },
    inspect,
    header: [
      `${made.slice(2)} -- ${process.argv.slice(2).join(' ')}\`. These services send their metrics when it is the last file:`,
      `  ${whole}`,
      'Without it, the next `up -d` has them as they were. A changed NODE_OPTIONS or PYTHONPATH of yours or of an image needs a new one.',
    ],
  });
  if (python.length > 0) await placePythonPreload();
  await check(text, directory, files);
  await writeFile(`${target}.new`, text);
  await rename(`${target}.new`, target);
  const wrote = `Wrote ${target}: ${wishes.map(({ service }) => service).join(', ')}. Read it, then: ${whole}`;
  return [...notes, wrote].join('\n');
}

function wish(language: Wish['language']): (argument: string) => Wish {
  return (argument) => {
    const [service = '', name] = argument.split(/=(.*)/);
    if (name !== undefined && !/^[A-Za-z][A-Za-z0-9._-]{0,62}$/.test(name))
      throw new Error(
        `${argument} names a service "${name}": a letter, then letters, digits, dot, dash, underscore are allowed.`,
      );
    return { service, name, language };
  };
}

function pair(language: Wish['language']): (argument: string) => [string, string] {
  return (argument) => {
    const at = argument.indexOf('=');
    if (at < 1)
      throw new Error(`${optionFor(language)} ${argument} names no service: write <service>=<what its image sets>.`);
    return [argument.slice(0, at), argument.slice(at + 1)];
  };
}

/** A file of that name that was not made here is the operator's work. */
async function refuseForeign(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined && !text.startsWith(made))
    throw new Error(`${file} was not made by this command: move it away, it would be overwritten.`);
}

/**
 * The project with the services of all profiles. Rejects with what the loader says: Docker's own, built here, for a laptop may have neither
 * Docker nor a network.
 */
async function load(directory: string, files: readonly string[]): Promise<ResolvedProject> {
  const { exitCode, stdout, stderr } = await execa(
    await binary('compose'),
    ['-project-directory', directory, '-profile', '*', ...files.flatMap((file) => ['-f', file])],
    { reject: false },
  );
  // Warnings come before.
  if (exitCode !== 0) throw new Error(`${files.join(', ')}: Docker refuses this: ${stderr.split('compose: ').at(-1)}`);
  return JSON.parse(stdout) as ResolvedProject;
}

async function inspect(image: string): Promise<Image> {
  const { exitCode, code, stdout, stderr } = await execa(
    'docker',
    ['image', 'inspect', '--format', '{{json .Config}}', image],
    { reject: false, timeout: 30_000 },
  );
  if (exitCode !== 0) {
    const said = stderr.trim().split('\n').at(-1);
    return { unreadable: code === 'ENOENT' ? 'no docker on this machine' : (said ?? 'docker did not answer') };
  }
  const { Env, Entrypoint, Cmd } = JSON.parse(stdout) as Record<'Env' | 'Entrypoint' | 'Cmd', string[] | null>;
  return { environment: Env ?? [], program: [...(Entrypoint ?? []), ...(Cmd ?? [])] };
}

/** Has Docker's loader read the file with the others, and looks for what it mounts. */
async function check(text: string, directory: string, files: readonly string[]): Promise<void> {
  const draft = await mkdtemp(join(tmpdir(), 'onyx-attach-'));
  try {
    const file = join(draft, attachFile);
    await writeFile(file, text);
    const whole = (await load(directory, [...files, overlay, file])) as ResolvedProject & Mounting;
    for (const { source } of (whole.services[filler]?.volumes ?? []).filter(({ type }) => type === 'bind'))
      await readableByAll(source, `run npm run build in ${root}, and have ONYX_METRICS_DIR name that folder`);
    for (const secret of [keySecret, tokenSecret]) {
      const file = whole.secrets?.[secret]?.file;
      if (file !== undefined)
        await readableByAll(file, 'run npm run secrets with ONYX_SECRETS_DIR naming the folder of your secrets');
    }
  } finally {
    await rm(draft, { recursive: true });
  }
}

interface Mounting {
  readonly services: Readonly<
    Record<string, { readonly volumes?: readonly { readonly type: string; readonly source: string }[] }>
  >;
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>;
}

/** Containers read it as users of their own. */
async function readableByAll(file: string, remedy: string): Promise<void> {
  await access(file, constants.R_OK).catch(() => {
    throw new Error(`${file}, which the services would load, is missing: ${remedy}.`);
  });
  if (((await stat(file)).mode & 0o004) === 0)
    throw new Error(`${file} can be read by its owner only, not by the users of containers: chmod o+r it.`);
}
