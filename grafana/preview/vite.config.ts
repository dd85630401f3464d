// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const require = createRequire(import.meta.url);

/** Where `GlobalStyles` of @grafana/ui looks for its fonts, which the package does not bring. */
const fonts = {
  'inter/Inter-Regular.woff2': '@fontsource/inter/files/inter-latin-400-normal.woff2',
  'inter/Inter-Medium.woff2': '@fontsource/inter/files/inter-latin-500-normal.woff2',
  'inter/Inter-Italic.woff2': '@fontsource/inter/files/inter-latin-400-italic.woff2',
  'inter/Inter-MediumItalic.woff2': '@fontsource/inter/files/inter-latin-500-italic.woff2',
  'roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2':
    '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2',
};

/** An icon that @grafana/ui asks for and does not bring: the mirror image of one it has. */
const mirrored = { missing: 'unicons/angle-double-left.svg', source: 'unicons/angle-double-right.svg' };

/** Puts fonts and icons where @grafana/ui asks for them at run time. */
function grafanaFiles(): Plugin {
  let out = '';
  return {
    name: 'grafana-files',
    apply: 'build',
    configResolved: (config) => {
      out = resolve(config.root, config.build.outDir);
    },
    writeBundle: async () => {
      for (const [name, source] of Object.entries(fonts)) {
        const target = join(out, 'public/fonts', name);
        await mkdir(dirname(target), { recursive: true });
        await cp(require.resolve(source), target);
      }
      const ui = dirname(require.resolve('@grafana/ui/package.json'));
      const icons = join(out, 'public/build/img/icons');
      await cp(join(ui, 'dist/public/img/icons'), icons, { recursive: true });
      const source = await readFile(join(icons, mirrored.source), 'utf8');
      const mirror = source.replace(/(<svg[^>]*>)(.*)<\/svg>/s, '$1<g transform="matrix(-1 0 0 1 24 0)">$2</g></svg>');
      await writeFile(join(icons, mirrored.missing), mirror);
    },
  };
}

/** What @grafana/ui can load and our panels never do: editors, maps, React for servers. Half of the bundle. */
const unused = ['@monaco-editor/react', 'monaco-editor', 'react-dom/server', /^ol(\/.*)?$/];

const zones = 'moment-timezone/builds/moment-timezone-with-data-10-year-range.js';

export default defineConfig({
  plugins: [react(), grafanaFiles()],
  resolve: {
    alias: [
      ...unused.map((find) => ({ find, replacement: resolve(import.meta.dirname, 'src/unused.ts') })),
      // Time zones since 1900 would be a quarter of the bundle.
      { find: /^moment-timezone$/, replacement: require.resolve(zones) },
    ],
  },
  build: { chunkSizeWarningLimit: 4000, reportCompressedSize: true },
});
