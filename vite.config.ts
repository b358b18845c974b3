import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  // The light build lacks subtitles, alternate audio and DRM: the preview has none of them.
  resolve: { alias: { 'hls.js': 'hls.js/dist/hls.light.mjs' } },
  css: { modules: { localsConvention: 'camelCaseOnly' } },
  build: {
    // Electron 22 is Chromium 108: the oldest thing the page runs in.
    target: 'chrome108',
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // No data: addresses, so that the content security policy stays strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Everything that the first page needs in one file: forty small ones, shared with later pages, cost the start 100 ms.
        codeSplitting: { groups: [{ name: 'first', test: /renderer[\\/]main\.tsx$/ }] },
      },
    },
  },
});
