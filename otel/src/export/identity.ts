// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** More workers than this on one host get an identity that is unique but not stable. */
const maxSlots = 256;

/**
 * A `service.instance.id` that no other live process has and that a restarted process gets again: service, host and the
 * lowest free worker slot. Without one, two processes of a service overwrite each other's series silently.
 * The host's name is hashed, since people name laptops after themselves.
 */
export function instanceId(serviceName: string): string {
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  return `${serviceName}-${host}-${claimSlot(serviceName) ?? `p${process.pid}`}`;
}

/** Claims the lowest free slot with a file that names this process; nothing when the temporary folder is not writable. */
function claimSlot(serviceName: string): number | undefined {
  const folder = join(tmpdir(), `onyx-otel-${process.getuid?.() ?? 0}`);
  const owner = `${process.pid} ${startTime(process.pid)}`;
  const draft = join(folder, `${process.pid}.draft`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, owner);
    try {
      for (let slot = 0; slot < maxSlots; slot++) {
        const file = join(folder, `${encodeURIComponent(serviceName)}-${slot}`);
        if (link(draft, file) || (isStale(file) && replaceStale(draft, file))) return slot;
      }
    } finally {
      unlinkSync(draft);
    }
  } catch {
    // A read-only root file system: the process id keeps the identity unique, only not stable.
  }
  return undefined;
}

/** Creates `file` with the draft's content in one step; false when it exists. */
function link(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(file: string): boolean {
  try {
    const [pid, started] = readFileSync(file, 'utf8').split(' ');
    return Number(pid) === process.pid || startTime(Number(pid)) !== started;
  } catch {
    return true;
  }
}

/**
 * Of several processes that find the same stale file one at a time may take it away, or it could be another's new one by then.
 * A process killed meanwhile leaves its turn behind, and that slot is never used again.
 */
function replaceStale(draft: string, file: string): boolean {
  const turn = `${file}.turn`;
  if (!link(draft, turn)) return false;
  try {
    if (!isStale(file)) return false;
    rmSync(file, { force: true });
    return link(draft, file);
  } finally {
    unlinkSync(turn);
  }
}

/** Start time of a live process as an opaque word, so that a reused process id is told apart; empty when it is gone. */
function startTime(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return '';
  }
  try {
    // Field 22 of /proc/<pid>/stat; the second field, the command, may itself hold blanks and parentheses.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? 'alive';
  } catch {
    return 'alive';
  }
}
