// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa, type Options, type ResultPromise } from 'execa';
import { readSettings } from '../../../services/native/environment.ts';
import { binary } from '../../../services/native/programs/binaries.ts';
import { withLock } from '../../../services/native/programs/lock.mjs';

/*
 * A Docker engine of our own, from Debian's package, in namespaces of its own. Its mounts, bridges, rules and published ports are gone
 * with it. `/var/run/docker.sock` is its own, and no other program's ports are in its way. Its images stay in the cache.
 */

/** What a test needs of the machine, with the remedy; undefined where it is there. */
export async function missingForEngine(): Promise<string | undefined> {
  const programs = ['dockerd', 'docker', 'iptables', 'debootstrap', 'nsenter', 'unshare', 'setpriv', 'ip', 'curl'];
  const absent = (await Promise.all(programs.map(isMissing))).flatMap((missing, index) =>
    missing ? [programs[index]] : [],
  );
  if (absent.length > 0)
    return `${absent.join(', ')} not found: apt-get install --no-install-recommends docker.io tini iptables debootstrap debian-archive-keyring iproute2 curl`;
  const { exitCode, stderr } = await execa('unshare', ['--mount', '--net', 'mount', '--make-rshared', '/'], {
    reject: false,
  });
  return exitCode === 0 ? undefined : `no Docker engine can be started (${stderr.trim()}): run the tests as root`;
}

async function isMissing(program: string): Promise<boolean> {
  const { exitCode } = await execa('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`], { reject: false });
  return exitCode !== 0;
}

export interface EngineOptions {
  /** The machine's network is for building only: nothing else may be published, bridged or filtered there. */
  readonly network?: 'own' | 'machine';
  /** How `/` is mounted, as hosts with and without systemd have it. */
  readonly root?: 'shared' | 'private';
  /** Root of a container is an unprivileged user on the machine (`userns-remap`). Such an engine has images of its own, none at first. */
  readonly remapped?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Engine {
  /** Keeps the namespaces while the daemon restarts. */
  readonly #machine: ResultPromise;
  readonly #arguments: readonly string[];
  readonly #folder: string;
  readonly #release: () => Promise<void>;
  #daemon: ResultPromise;

  private constructor(machine: ResultPromise, daemon: readonly string[], folder: string, release: () => Promise<void>) {
    this.#machine = machine;
    this.#arguments = daemon;
    this.#folder = folder;
    this.#release = release;
    this.#daemon = this.#launch();
  }

  /** Starts one as soon as no other uses the cache; rejects with its log if it does not answer within a minute. */
  static async start(options: EngineOptions = {}): Promise<Engine> {
    const { cacheDir } = readSettings();
    // Nothing of Compose is needed to build.
    const compose =
      options.network === 'machine' ? undefined : await binary('docker-compose', undefined, options.signal);
    const folder = await mkdtemp(join(tmpdir(), 'onyx-docker-'));
    await mkdir(join(folder, 'config/cli-plugins'), { recursive: true });
    if (compose !== undefined) await symlink(compose, join(folder, 'config/cli-plugins/docker-compose'));
    let entered: (share: (pid: number) => void) => void = () => undefined;
    const inside = new Promise<(pid: number) => void>((resolve) => {
      entered = resolve;
    });
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const lock = withLock(
      join(cacheDir, 'locks/docker'),
      async (share) => {
        entered(share);
        await left;
      },
      { signal: options.signal },
    );
    const share = await Promise.race([inside, lock.then(() => Promise.reject(new Error('not locked')))]);
    const images = options.remapped ? join(folder, 'images') : join(cacheDir, 'docker');
    // Its containers' root must get as far as its images.
    if (options.remapped) await chmod(folder, 0o711);
    const release = async () => {
      leave();
      await lock;
      await rm(folder, { recursive: true, force: true });
      // An engine that remaps makes one next to it.
      await rm(`${folder}.${firstRemapped}.${firstRemapped}`, { recursive: true, force: true });
    };
    const machine = namespaces(options);
    try {
      share(machine.pid as number);
      await once(machine.stdout as NodeJS.ReadableStream, 'data');
      const engine = new Engine(machine, daemon(images, folder, options), folder, release);
      await engine.#ready(options.signal);
      await engine.clear();
      await shareCores();
      return engine;
    } catch (error) {
      // The daemon ends with its process's namespaces' owner: this one, at the latest.
      machine.kill('SIGKILL');
      await release();
      throw error;
    }
  }

  #launch(): ResultPromise {
    const enter = ['--target', String(this.#machine.pid), '--mount', '--net'];
    return execa('nsenter', [...enter, 'setpriv', '--pdeathsig', 'TERM', ...this.#arguments], {
      ...{ all: true, reject: false, buffer: { all: true }, maxBuffer: 1_000_000 },
      // It stops its containers first; one that is killed leaves a containerd behind.
      forceKillAfterDelay: 120_000,
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
  }

  async #ready(signal?: AbortSignal): Promise<void> {
    const ended = this.#daemon.then(({ all }) => Promise.reject(new Error(`dockerd ended:\n${all}`)));
    ended.catch(() => undefined);
    const answers = async () => {
      while (!(await this.docker(['version']).then(Boolean, () => false))) await delay(100, undefined, { signal });
    };
    const tooLate = delay(60_000, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('dockerd does not answer')),
    );
    await Promise.race([answers(), ended, tooLate]);
  }

  /** Runs a shell command as an operator of that machine: in its network, with its `docker` and `docker compose`. */
  sh(command: string, options: Options = {}): ResultPromise {
    return this.exec('sh', ['-c', command], options);
  }

  exec(program: string, args: readonly string[], { cwd = '/', env, ...options }: Options = {}): ResultPromise {
    // The folder is entered inside: seen from there, one that was entered before lies nowhere.
    const inside = ['sh', '-c', 'cd "$0" && exec "$@"', String(cwd), program, ...args];
    return execa('nsenter', ['--target', String(this.#machine.pid), '--mount', '--net', ...inside], {
      ...options,
      env: { DOCKER_CONFIG: join(this.#folder, 'config'), DOCKER_BUILDKIT: undefined, DOCKER_HOST: undefined, ...env },
    });
  }

  /** What `docker …` prints. */
  async docker(args: readonly string[], options: Options = {}): Promise<string> {
    const { stdout } = await this.exec('docker', args, options);
    return String(stdout);
  }

  /**
   * Asks an address of the engine's network.
   *
   * @param credentials `user:password`; curl is told on its standard input, which others cannot read
   */
  async http(
    url: string,
    { credentials, args = [] }: { credentials?: string; args?: readonly string[] } = {},
  ): Promise<Answer> {
    const config = credentials === undefined ? '' : `user = "${credentials}"`;
    const options = ['-sS', '--globoff', '--max-time', '20', '-K', '-', '-w', '\n%{http_code}', ...args, url];
    const { stdout, stderr, exitCode } = await this.exec('curl', options, { input: config, reject: false });
    if (exitCode !== 0) return { status: 0, body: String(stderr) };
    const text = String(stdout);
    const end = text.lastIndexOf('\n');
    return { status: Number(text.slice(end + 1)), body: text.slice(0, end) };
  }

  /** Kills the program of a container as the kernel would; `docker kill` counts as a wish of the operator. */
  async kill(container: string): Promise<void> {
    const id = Number(await this.docker(['inspect', '--format', '{{.State.Pid}}', container]));
    // Number 0 would be every process of this one's group.
    if (id === 0) throw new Error(`${container} does not run`);
    process.kill(id, 'SIGKILL');
  }

  /** Removes every container, volume and network; images stay. */
  async clear(): Promise<void> {
    const ids = (await this.docker(['ps', '--all', '--quiet'])).split('\n').filter(Boolean);
    if (ids.length > 0) await this.docker(['rm', '--force', '--volumes', ...ids]);
    const volumes = (await this.docker(['volume', 'ls', '--quiet'])).split('\n').filter(Boolean);
    if (volumes.length > 0) await this.docker(['volume', 'rm', '--force', ...volumes]);
    await this.docker(['network', 'prune', '--force']);
  }

  /** Stops the daemon and starts it again over the same containers, as `systemctl restart docker` does. */
  async restart(): Promise<void> {
    this.#daemon.kill('SIGTERM');
    await this.#daemon;
    this.#daemon = this.#launch();
    await this.#ready();
  }

  /** Resolves when nothing of it is left but its images. */
  async stop(): Promise<void> {
    await this.clear().catch(() => undefined);
    this.#daemon.kill('SIGTERM');
    await this.#daemon;
    this.#machine.kill('SIGKILL');
    await this.#machine;
    await this.#release();
  }
}

/** A process that keeps namespaces of their own, in which `/run` is empty. It ends with this process, however that ends. */
function namespaces({ network = 'own', root = 'shared', remapped = false }: EngineOptions): ResultPromise {
  const own = network === 'own';
  const range = remappedTo.map((name) => `${name}:${firstRemapped}:65536\\n`).join('');
  const script = [
    ...(own ? ['ip link set lo up'] : []),
    'mount --make-rprivate /',
    'mount -t tmpfs tmpfs /run',
    'mkdir /run/lock',
    ...(remapped
      ? [`printf '${range}' >/run/sub`, 'mount --bind /run/sub /etc/subuid', 'mount --bind /run/sub /etc/subgid']
      : []),
    `mount --make-r${root} /`,
    'echo ready',
    'exec sleep infinity',
  ].join(' && ');
  return execa(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--mount', ...(own ? ['--net'] : []), 'sh', '-c', script],
    { reject: false, env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } },
  );
}

/**
 * Lets containers have their share of the cores. Docker puts all of them into one group, which by itself gets as much as one process
 * outside of it: with cgroup v1 and no systemd, as one of the processes of the tests.
 */
async function shareCores(): Promise<void> {
  const controller = '/sys/fs/cgroup/cpu';
  if (!existsSync(join(controller, 'cpu.shares'))) return;
  await mkdir(join(controller, 'docker'), { recursive: true });
  await writeFile(join(controller, 'docker/cpu.shares'), String(eightProcesses));
}

/** What the kernel gives one is 1024. */
const eightProcesses = 8 * 1024;

/** A user and a group that every machine has, whose range of ids is the engine's. */
const remappedTo = ['nobody', 'nogroup'] as const;
const firstRemapped = 1_000_000;

/** The command of the daemon. In the machine's own network it builds, and leaves nothing there. */
function daemon(images: string, folder: string, { network = 'own', remapped = false }: EngineOptions): string[] {
  return [
    ...['dockerd', '--data-root', images, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
    ...['--host', 'unix:///run/docker.sock'],
    // Not systemd's, which is asked through the /run that is hidden here.
    ...['--exec-opt', 'native.cgroupdriver=cgroupfs'],
    ...(network === 'own' ? [] : ['--bridge=none', '--iptables=false']),
    ...(remapped ? [`--userns-remap=${remappedTo.join(':')}`] : []),
  ];
}
