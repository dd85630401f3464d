// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
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

/** Puts fonts and icons where @grafana/ui asks for them at run time. */
function grafanaFiles(): Plugin {
  const icons = join(dirname(require.resolve('@grafana/ui/package.json')), 'dist/public/img/icons');
  return {
    name: 'grafana-files',
    generateBundle() {
      const emit = (name: string, source: string | Uint8Array) =>
        this.emitFile({ type: 'asset', fileName: `public/${name}`, source });
      for (const [name, source] of Object.entries(fonts)) emit(`fonts/${name}`, readFileSync(require.resolve(source)));
      for (const name of readdirSync(icons, { recursive: true, encoding: 'utf8' })) {
        if (name.endsWith('.svg')) emit(`build/img/icons/${name}`, readFileSync(join(icons, name)));
      }
      // An icon that @grafana/ui asks for and does not bring: the mirror image of one it has.
      const right = readFileSync(join(icons, 'unicons/angle-double-right.svg'), 'utf8');
      const left = right.replace(/(<svg[^>]*>)(.*)<\/svg>/s, '$1<g transform="matrix(-1 0 0 1 24 0)">$2</g></svg>');
      emit('build/img/icons/unicons/angle-double-left.svg', left);
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
