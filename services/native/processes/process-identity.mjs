// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Names one life of a process, `<pid>-<start time>`: a pid alone is reused, and a killed process cannot say that it is gone.
 * `undefined` when no such process runs (a zombie does not run). Usable in file names.
 */
export function identify(pid) {
  const started = process.platform === 'linux' ? startOnLinux(pid) : startFromPs(pid);
  return started === undefined ? undefined : `${pid}-${started}`;
}

export function isAlive(identity) {
  return identify(Number.parseInt(identity, 10)) === identity;
}

function startOnLinux(pid) {
  try {
    // The command name is in parentheses and may contain anything, so fields are counted from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startFromPs(pid) {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return state === undefined || state.startsWith('Z') ? undefined : String(Date.parse(started.join(' ')) / 1000);
  } catch {
    return undefined;
  }
}
