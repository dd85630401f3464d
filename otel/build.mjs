import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { hashOnce, leanSerializer } from './src/sdk/lean-upstream.mjs';

/** One file per entry. The preload carries everything it needs, since it is mounted where there is no `node_modules`. */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node18.19',
  // The ES modules of OpenTelemetry can be tree-shaken, its CommonJS cannot: 210 kB instead of 1.2 MB.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};
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
  build({
    ...common,
    entryPoints: ['src/preload/named.ts'],
    outfile: 'dist/instrumentations.cjs',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    supported: { 'dynamic-import': false },
  }),
  // It asks and does nothing else, where there is no `node_modules` either.
  build({ ...common, entryPoints: ['src/canary/main.ts'], outfile: 'dist/canary.mjs', format: 'esm' }),
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
  // It is read as Latin-1, in a fraction of the time. esbuild escapes what is not ASCII, but not in `String.raw`.
  if (Buffer.byteLength(deferred) !== deferred.length)
    throw new Error('The preload holds a character that is not ASCII: write it as an escape, outside of String.raw.');
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
