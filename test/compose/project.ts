// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import path from 'node:path';
import { execa } from 'execa';
import { binary } from '../../services/native/programs/binaries.ts';

export const root = path.resolve(import.meta.dirname, '../..');
export const platformFile = 'services/docker-compose.yml';
export const overlayFile = 'docker-compose.otel.yml';
export const aloneFile = 'docker-compose.otel.alone.yml';
export const canaryFile = 'docker-compose.otel.canary.yml';

export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly bind?: { readonly create_host_path?: boolean };
}

export interface Service {
  readonly image?: string;
  readonly container_name?: string;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  /** Bytes. */
  readonly mem_limit?: string;
  /** Cores. */
  readonly cpus?: number;
  readonly cpu_shares?: number;
  readonly pids_limit?: number;
  readonly scale?: number;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly stop_grace_period?: string;
  readonly restart?: string;
  readonly healthcheck?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly command: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly host_ip?: string;
    readonly published?: string;
    readonly target: number;
    readonly protocol?: string;
  }[];
  readonly volumes?: readonly Mount[];
  readonly network_mode?: string;
  readonly secrets?: readonly { readonly source: string; readonly target?: string }[];
  readonly networks?: Readonly<Record<string, unknown>>;
}

/** What the Compose specification calls a project, after Docker's own merging and normalising. */
export interface Project {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly name: string; readonly internal?: boolean }>>;
  readonly volumes?: Readonly<Record<string, { readonly name: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/** Loads Compose files as `docker compose` would; rejects with the loader's message. Paths are relative to `directory`. */
export async function project(
  files: readonly string[],
  {
    directory = root,
    env = {},
    profiles = [],
  }: { directory?: string; env?: NodeJS.ProcessEnv; profiles?: readonly string[] } = {},
): Promise<Project> {
  const { stdout } = await execa(
    await binary('compose'),
    [
      ...['-project-directory', directory],
      ...profiles.flatMap((profile) => ['-profile', profile]),
      ...files.flatMap((file) => ['-f', path.resolve(directory, file)]),
    ],
    { env },
  );
  return JSON.parse(stdout) as Project;
}
