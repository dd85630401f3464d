// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { build } from 'esbuild';
import { newestOverhead } from './newest-overhead.ts';

/*
 * `npm run verify:bundle`: the verifier as one file, services/verify/dist/verify.mjs, for a server that has Node in a container only.
 */

await build({
  entryPoints: [join(import.meta.dirname, 'cli.ts')],
  outfile: join(import.meta.dirname, 'dist/verify.mjs'),
  ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', minifySyntax: true, logLevel: 'warning' },
  define: { BUNDLED_OVERHEAD: JSON.stringify((await newestOverhead()) ?? '') },
  // What libraries in CommonJS ask Node for.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
