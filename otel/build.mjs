import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

/** One file per entry. The preload carries everything it needs, since it is mounted where there is no `node_modules`. */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node18.19',
  // The ES modules of OpenTelemetry can be tree-shaken, its CommonJS cannot: 210 kB instead of 1.2 MB.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};
/**
 * Upstream's serializer is CommonJS and asks for whole packages, half a megabyte of names among them: it gets the five things it uses.
 */
const leanSerializer = {
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
const hashOnce = {
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
const upstream = ['@opentelemetry/auto-instrumentations-node', '@opentelemetry/sdk-node'];
const library = {
  ...common,
  entryPoints: { index: 'src/index.ts', catalogue: 'src/catalogue/catalogue.ts', express: 'src/express.ts' },
  outdir: 'dist',
  external: ['@opentelemetry/api'],
};

await Promise.all([
  buildPreload('dist/register.cjs'),
  build({
    ...common,
    entryPoints: ['src/preload/full.ts'],
    outfile: 'dist/full.cjs',
    format: 'cjs',
    external: upstream,
  }),
  build({ ...library, format: 'cjs', outExtension: { '.js': '.cjs' } }),
  build({ ...library, format: 'esm', outExtension: { '.js': '.mjs' } }),
]);

/** Writes what every process runs, followed by what most never need as comment lines; src/preload/deferred.ts says why. */
async function buildPreload(file) {
  const deferred = await codeOf({
    ...common,
    entryPoints: ['src/preload/measuring.ts'],
    format: 'cjs',
    plugins: [leanSerializer, hashOnce],
    inject: ['src/sdk/unref-timers.ts'],
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    // Code compiled by `vm` has no loader for `import()`.
    supported: { 'dynamic-import': false },
  });
  const marker = '\n//@deferred\n';
  const eager = await codeOf({
    ...common,
    entryPoints: ['src/preload/guard.ts'],
    format: 'cjs',
    target: 'node8',
    define: { DEFERRED_MARKER: JSON.stringify(marker), DEFERRED_LENGTH: String(deferred.length) },
  });
  writeFileSync(file, eager + marker + deferred.replace(/^/gm, '//'));
}

async function codeOf(options) {
  const { outputFiles } = await build({ ...options, write: false });
  return outputFiles[0].text;
}
