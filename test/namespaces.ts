// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { execa } from 'execa';

/**
 * Whether `unshare` with these options makes namespaces in which the loopback address works and things can be mounted. Only root may
 * make them, and not everywhere: tests that need them are skipped then, which is said here and counted by the tally.
 */
export async function namespacesAllowed(options: readonly string[]): Promise<boolean> {
  const script = 'ip link set lo up && mount --make-rprivate / && mount -t tmpfs tmpfs /mnt';
  const { exitCode } = await execa('unshare', [...options, 'sh', '-c', script], { reject: false });
  if (exitCode !== 0)
    process.stderr.write(
      '\nSKIPPED TESTS: namespaces cannot be made here: run the tests as root on Linux with iproute2.\n\n',
    );
  return exitCode === 0;
}
