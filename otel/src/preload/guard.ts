// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
/**
 * The first thing a process reads of `otel/register`: decides whether the rest can run here, and lets the application start
 * whatever becomes of it. build.mjs compiles this and what it requires for Node 8, the first that has `NODE_OPTIONS`;
 * module names with `node:` are too new for that one, so nothing is imported before the decision.
 */

/** Why this runtime is not served, if so. */
function refusal(): string | undefined {
  const { node, bun, deno } = process.versions;
  if (bun !== undefined) return `Bun ${bun} is not Node`;
  if (deno !== undefined) return `Deno ${deno} is not Node`;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 6) || (major === 18 && minor >= 19)) return undefined;
  return `Node ${node} is too old, 18.19 or 20.6 is needed`;
}

try {
  const reason = refusal();
  if (reason !== undefined) throw new Error(reason);
  require('./register.ts');
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`otel/register: the application runs without metrics: ${reason}\n`);
}
