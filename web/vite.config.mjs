import { defineConfig } from 'vite';

/**
 * Both pages: web/page, which the API serves, and web/sandbox, which the sandbox of `npm start` serves. Nothing is
 * inlined, since their policy lets no inline script or style run; addresses are relative, so that a proxy may put the
 * page below a path of its own.
 */
export default defineConfig({
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: false, reportCompressedSize: false },
});
