import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { theme } from './src/ui/theme.ts'

const THEME = 'virtual:theme.css'

/** The theme's variables as a style sheet: at run time they would be an inline style, which the policy of the pages forbids. */
const themeStyle = (): Plugin => ({
  name: 'credbroker-theme',
  resolveId: (id) => (id === THEME ? `\0${THEME}` : undefined),
  load: (id) =>
    id === `\0${THEME}`
      ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root')
      : undefined,
})

export default defineConfig({
  root: import.meta.dirname,
  // Everything is found relative to where the page says the broker is reached.
  base: './',
  plugins: [react(), themeStyle()],
  build: {
    outDir: '../../dist/console',
    // What a running broker may still serve stays: scripts/build-console.ts
    emptyOutDir: false,
    assetsDir: 'console',
    // Nothing of a page may be inline: see PAGE_HEADERS in the broker.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
  },
  logLevel: 'warn',
})
