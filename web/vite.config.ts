/**
 * How the page is built: one start file and what it loads when asked for, all with names that change with what is in them, so that
 * browsers may keep them for ever. `npm run dev` serves it as it is written, before a desk that runs.
 */
import { defineConfig } from 'vite'

/** Where the desk is that `npm run dev` shows. */
const desk = process.env['ETCDESK_DEV_DESK'] ?? 'http://127.0.0.1:2224'

export default defineConfig({
  root: import.meta.dirname,
  // Relative: what loads what is the same wherever the desk lies. The server says where in the document.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: 'LICENSES.md' },
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      // The desk answers pages of its own alone: to it, this server is one.
      '^/(v1|v2|version|openapi.json|docs|healthz|readyz|nodes)(/|$|\\?)': {
        target: desk,
        changeOrigin: true,
        headers: { origin: desk },
      },
    },
  },
  logLevel: 'error',
})
