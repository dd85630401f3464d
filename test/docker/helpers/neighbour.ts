// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { ResultPromise } from 'execa';
import type { Engine } from './engine.ts';

/** Another machine, on a cable to the one of the engine. */
export class Neighbour {
  readonly #engine: Engine;
  /** Keeps its network. */
  readonly #machine: ResultPromise;

  private constructor(engine: Engine, machine: ResultPromise) {
    this.#engine = engine;
    this.#machine = machine;
  }

  /**
   * @param own its address, such as `10.0.0.7`
   * @param gateway what the engine's machine has on the same cable, in the same /24; everything else is reached through it
   */
  static async start(engine: Engine, own: string, gateway: string): Promise<Neighbour> {
    const keep = ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c', 'echo ready && exec sleep infinity'];
    const machine = engine.exec('setpriv', keep, { reject: false });
    await once(machine.stdout as NodeJS.ReadableStream, 'data');
    const neighbour = new Neighbour(engine, machine);
    const cable = `onyx${machine.pid}`;
    const path = 'PATH=$PATH:/usr/sbin:/sbin';
    await engine.sh(
      `${path}; ip link add ${cable} type veth peer name eth0 netns ${machine.pid} && ip address add ${gateway}/24 dev ${cable} && ip link set ${cable} up`,
    );
    await neighbour.#exec('sh', [
      '-c',
      `${path}; ip address add ${own}/24 dev eth0 && ip link set eth0 up && ip route add default via ${gateway}`,
    ]);
    return neighbour;
  }

  /** Status of the answer to a request; 0 where nothing listens, or nothing answers. */
  async status(url: string, ...args: readonly string[]): Promise<number> {
    const { stdout } = await this.#exec(
      'curl',
      ['-s', '-o', '/dev/null', '--connect-timeout', '2', '--max-time', '30', '-w', '%{http_code}', ...args, url],
      { reject: false },
    );
    return Number(stdout);
  }

  #exec(program: string, args: readonly string[], options: { readonly reject?: boolean } = {}): ResultPromise {
    return this.#engine.exec('nsenter', ['--target', String(this.#machine.pid), '--net', program, ...args], options);
  }

  async stop(): Promise<void> {
    this.#machine.kill('SIGKILL');
    await this.#machine;
  }
}
