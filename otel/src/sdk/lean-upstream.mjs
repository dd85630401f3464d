/*
 * What the bundle changes of upstream's sources, as plugins of esbuild. An upgrade of the SDK has to be compared with this folder, and
 * with nothing else.
 */

import { readFileSync } from 'node:fs';

/**
 * Upstream's serializer is CommonJS and asks for whole packages, half a megabyte of names among them: it gets the five things it uses.
 */
export const leanSerializer = {
  name: 'lean-serializer',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@opentelemetry\// }, ({ importer, path }) =>
      /PrometheusSerializer\.js$/.test(importer) ? { path, namespace: 'serializer' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'serializer' }, ({ path }) => ({ contents: used[path], resolveDir: '.' }));
  },
};

const used = {
  '@opentelemetry/api': 'export { diag } from "@opentelemetry/api"',
  '@opentelemetry/core': 'export { hrTimeToMilliseconds } from "@opentelemetry/core"',
  '@opentelemetry/sdk-metrics': 'export { DataPointType } from "@opentelemetry/sdk-metrics"',
  '@opentelemetry/semantic-conventions':
    'export { ATTR_OTEL_SCOPE_NAME, ATTR_OTEL_SCOPE_VERSION } from "@opentelemetry/semantic-conventions"',
};
/**
 * Upstream sorts and stringifies the labels of every measurement, which is half of its price. The limiters give a label set
 * the same frozen object each time: its hash is computed once.
 */
export const hashOnce = {
  name: 'hash-once',
  setup({ onLoad }) {
    onLoad({ filter: /sdk-metrics[\\/]build[\\/]esm[\\/]utils\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replace('export function hashAttributes(', 'function computeHash(');
      if (contents === source) throw new Error(`${path} has no hashAttributes any more`);
      return { contents: contents + hashAttributes };
    });
  },
};
const hashAttributes = `
const hashes = new WeakMap();
export function hashAttributes(attributes) {
  let hash = hashes.get(attributes);
  if (hash === undefined) {
    hash = computeHash(attributes);
    if (Object.isFrozen(attributes)) hashes.set(attributes, hash);
  }
  return hash;
}
`;
