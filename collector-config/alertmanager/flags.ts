// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Alertmanager settings that exist on the command line only; native mode passes them, and a test compares the Compose file with them. */
export const alertmanagerFlags = [
  // How long silences that have ended, and what was notified, are remembered.
  '--data.retention=120h',
  // Tells the ways to be told apart from the watchdog's.
  '--enable-feature=receiver-name-in-metrics',
  // There is one: without this it would look for others.
  '--cluster.listen-address=',
] as const;
