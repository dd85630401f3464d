// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { lookup, Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { asOwn } from '../measure/outgoing-request.ts';
import type { Settings } from '../settings.ts';

/*
 * Exports go on in the background: none of them keeps a process alive that has nothing else to do, however long the collector, or
 * the name server that knows it, leaves it waiting. Sockets and timers (unref-timers.ts) can be told so; what cannot is given up.
 */

/** How often to look whether a process that waits for a connection or a name has nothing else to do, in milliseconds. */
const lookMillis = 150;

/** What one name server is given to answer, and all of them together, in milliseconds. */
const nameServerMillis = 500;
const nameServersMillis = 2_000;

/** What does not count as something else to do: connections being made, and the standard streams. */
const idle: ReadonlySet<string> = new Set(['ConnectWrap', 'PipeWrap', 'TTYWrap']);

let gaveUp = false;

/** Whether the process ends because its last values could not be sent either. */
export function hasGivenUp(): boolean {
  return gaveUp;
}

/** Calls `giveUp` once the process has nothing else to do. Returns what ends the watch. */
function whenIdle(giveUp: () => void): () => void {
  let wasIdle = false;
  const watch = setInterval(() => {
    const isIdle = process.getActiveResourcesInfo().every((type) => idle.has(type));
    // Twice, for what arrived while the process was busy is seen only after the first look.
    if (isIdle && wasIdle) {
      gaveUp = true;
      giveUp();
    }
    wasIdle = isIdle;
  }, lookMillis).unref();
  return () => clearInterval(watch);
}

/** Keeps the process alive until `work` is done: a caller waits for it. */
export async function awaited<T>(work: Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    return await work;
  } finally {
    clearInterval(alive);
  }
}

/** Makes what connects to the collector, with the certificates that the settings name. */
export function backgroundAgent(settings: Settings): (protocol: string) => Promise<Agent> {
  return async (protocol) => {
    if (protocol === 'http:') return inBackground(new (await import('node:http')).Agent({ keepAlive: true }));
    const [ca, cert, key] = [settings.certificate, settings.clientCertificate, settings.clientKey].map((file) =>
      file === undefined ? undefined : readFileSync(file),
    );
    return inBackground(new (await import('node:https')).Agent({ keepAlive: true, ca, cert, key }));
  };
}

function inBackground<Kind extends Agent>(agent: Kind): Kind {
  asOwn(agent);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = connect({ ...options, lookup: lookupIfAnswered }, done) as Socket;
    const ended = whenIdle(() => socket.destroy());
    socket.unref().once('close', ended);
    return socket.once('connect', () => {
      ended();
      gaveUp = false;
    });
  };
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reuse(socket, request);
    (socket as Socket).unref();
  };
  return agent;
}

/**
 * Asks the system for an address, but only when a name server answers: the system may wait ten seconds for one that does not, on a
 * thread that no process can end without.
 */
const lookupIfAnswered: LookupFunction = (hostname, options, done) => {
  isAnswered(hostname, (answered) => {
    if (answered) lookup(hostname, options, done);
    else done(Object.assign(new Error(`no name server answers for ${hostname}`), { code: 'EAI_AGAIN' }), '');
  });
};

function isAnswered(hostname: string, done: (answered: boolean) => void): void {
  if (hostname === 'localhost' || isInHostsFile(hostname)) {
    done(true);
    return;
  }
  const resolver = new Resolver({ timeout: nameServerMillis, tries: 1 });
  const ended = whenIdle(() => resolver.cancel());
  const limit = setTimeout(() => resolver.cancel(), nameServersMillis);
  resolver.resolve4(hostname, (error) => {
    clearTimeout(limit);
    ended();
    // That there is no such name is an answer too: the system knows more names than one.
    done(!['ETIMEOUT', 'ECANCELLED'].includes(error?.code ?? ''));
  });
}

function isInHostsFile(hostname: string): boolean {
  try {
    return readFileSync('/etc/hosts', 'utf8').split(/\s+/).includes(hostname);
  } catch {
    return false;
  }
}
