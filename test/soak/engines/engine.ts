// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { storageEngines } from '../../../collector-config/go-builds.ts';
import type { ProcessSpec } from '../../../services/native/processes/supervised-process.ts';

/** What an engine is started with. */
export interface Surroundings {
  /** The path of a program of `storageEngines`. */
  readonly program: (which: keyof typeof storageEngines) => Promise<string>;
  /** Exists, and is the engine's own. */
  readonly folder: string;
  /** A free port of the loopback address each time. */
  readonly port: () => number;
  /** Where rule files are: the committed ones. */
  readonly rules: string;
  /** Address of the Alertmanager that is told. */
  readonly alertmanager: string;
}

/** A store of samples that takes remote write, answers PromQL and evaluates rules. */
export interface Engine {
  /** Each after those it needs. */
  readonly processes: readonly ProcessSpec[];
  /** `host:port` of each process that takes remote write, any of which takes all of it. */
  readonly receivers: readonly string[];
  /** Where remote write is taken there. */
  readonly path: string;
  /** Base address of its query API. */
  readonly url: string;
}

export const at = (port: number): string => `127.0.0.1:${port}`;
