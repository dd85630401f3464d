// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/*
 * Turns a bare clone into one that can run TypeScript, then runs the entry named on the command line in this same process,
 * so that Ctrl-C has one addressee. Nothing is installed yet when this file starts: only Node's own modules here.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from './programs/lock.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [entry, ...args] = process.argv.slice(2);
/** Folders that hold build results, or code that runs without a build. */
const notBuilt = new Set(['node_modules', 'dist', 'native', 'load', '__pycache__']);

requireNode(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', ''));

const steps = [
  {
    title: 'Installing npm packages',
    // A flag, not the user's configuration, decides: NODE_ENV=production would leave the tools out.
    npm: ['ci', '--include=dev', '--no-progress', '--loglevel=error'],
    stamp: join(root, 'node_modules', '.onyx-installed'),
    inputs: installInputs,
  },
  {
    title: 'Building otel and the services',
    npm: ['run', 'build'],
    stamp: join(root, 'services', 'dist', '.onyx-built'),
    outputs: [join(root, 'otel', 'dist')],
    inputs: buildInputs,
  },
];

for (const step of steps) {
  if (isDone(step)) continue;
  requireWritable(join(root, '.cache', 'locks'));
  await withLock(
    join(root, '.cache', 'locks', 'bootstrap'),
    async (share) => {
      if (!isDone(step)) await perform(step, share);
    },
    { onWait: () => process.stderr.write(`Waiting for another start that is ${step.title.toLowerCase()}\n`) },
  );
}

const { register } = await import('tsx/esm/api');
register();
process.argv = [process.argv[0], resolve(root, entry), ...args];
await import(pathToFileURL(process.argv[1]).href);

function requireNode(minimum) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = minimum.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  process.stderr.write(
    `Node ${process.versions.node} (${process.execPath}) is too old: install Node ${minimum} or newer.\n`,
  );
  process.exit(2);
}

/** Most often root made the clone, and another user starts it. */
function requireWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    accessSync(root, constants.W_OK);
  } catch ({ message }) {
    process.stderr.write(
      `${root} cannot be written (${message}): start as its owner, or clone it again as the user who does.\n`,
    );
    process.exit(2);
  }
}

function isDone({ stamp, outputs = [], inputs }) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs() && outputs.every((path) => existsSync(path));
}

/** The stamp goes first and comes back last, so that what a killed run leaves is never taken for finished. */
async function perform({ title, npm, stamp, inputs }, share) {
  rmSync(stamp, { force: true });
  const wanted = inputs();
  await runNpm(title, npm, share);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(`${stamp}.new`, wanted);
  renameSync(`${stamp}.new`, stamp);
}

function runNpm(title, npmArgs, share) {
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Its own process group: on Ctrl-C everything below npm can be ended by one call.
  const child = spawn(npm[0], [...npm.slice(1), ...npmArgs], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) share(child.pid);
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const stop = (signal) => {
    process.kill(-child.pid, 'SIGKILL');
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const finished = showElapsed(title);

  return new Promise((done) => {
    const end = (succeeded, remedy) => {
      for (const signal of signals) process.off(signal, stop);
      finished(succeeded);
      if (succeeded) return done();
      process.stderr.write(
        `${Buffer.concat(output)}npm ${npmArgs.slice(0, 2).join(' ')} failed in ${root}: ${remedy}\n`,
      );
      process.exit(1);
    };
    child.on('error', ({ message }) => end(false, `${message}; npm comes with Node, reinstall it.`));
    child.on('close', (code) => end(code === 0, 'see its output above, then start again.'));
  });
}

/** One moving line on a terminal; elsewhere a line at the start, every 15 s and at the end. Returns the call for the end. */
function showElapsed(title) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const terminal = process.stderr.isTTY;
  const show = (state, end) =>
    process.stderr.write(terminal ? `\r\x1b[K${title}: ${state}${end}` : `${title}: ${state}\n`);
  show('0 s', '');
  const timer = setInterval(() => show(seconds(), ''), terminal ? 1000 : 15_000);
  return (succeeded) => {
    clearInterval(timer);
    show(`${succeeded ? 'done' : 'failed'} in ${seconds()}`, '\n');
  };
}

/** What decides the content of node_modules; editing a script in package.json does not. */
function installInputs() {
  const manifests = ['package.json', 'otel/package.json'].map((path) => {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'));
    return [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies, manifest.allowScripts];
  });
  return sha256(
    process.platform,
    process.arch,
    process.versions.modules,
    readFileSync(join(root, 'package-lock.json')),
    JSON.stringify(manifests),
  );
}

function buildInputs() {
  const files = [...filesBelow('otel'), ...filesBelow('services')];
  const build = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts.build;
  return sha256(installInputs(), build, ...files.flatMap((path) => [path, readFileSync(join(root, path))]));
}

function filesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !notBuilt.has(name))
    .flatMap((item) => (item.isDirectory() ? filesBelow(join(folder, item.name)) : [join(folder, item.name)]))
    .sort();
}

function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}
