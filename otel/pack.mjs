import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

/*
 * What `npm pack` needs in addition to the build: the licence, and the types a second time, for CommonJS. TypeScript takes the kind of a module
 * from the package.json above it, so a copy of the declarations below one of its own is all.
 */

const forCommonJs = 'dist/types-cjs';

cpSync('../LICENSE', 'LICENSE');
rmSync(forCommonJs, { recursive: true, force: true });
mkdirSync(forCommonJs, { recursive: true });
writeFileSync(`${forCommonJs}/package.json`, '{ "type": "commonjs" }\n');
for (const part of ['index.d.ts', 'express.d.ts', 'catalogue', 'record', 'preload/register.d.ts']) {
  cpSync(`dist/types/${part}`, `${forCommonJs}/${part}`, { recursive: true });
}
