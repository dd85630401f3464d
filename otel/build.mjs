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
const upstream = ['@opentelemetry/auto-instrumentations-node', '@opentelemetry/sdk-node'];
const library = {
  ...common,
  entryPoints: ['src/index.ts', 'src/catalogue.ts'],
  outdir: 'dist',
  external: ['@opentelemetry/api'],
};

await Promise.all([
  build({ ...common, entryPoints: ['src/register.ts'], outfile: 'dist/register.cjs', format: 'cjs' }),
  build({ ...common, entryPoints: ['src/full.ts'], outfile: 'dist/full.cjs', format: 'cjs', external: upstream }),
  build({ ...library, format: 'cjs', outExtension: { '.js': '.cjs' } }),
  build({ ...library, format: 'esm', outExtension: { '.js': '.mjs' } }),
]);
