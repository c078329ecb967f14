import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { ClosingReporter } from './test/harness/closing-reporter.ts'

export default defineConfig({
  test: {
    include: ['apps/*/src/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: [join(import.meta.dirname, 'test/harness/built.ts')],
    setupFiles: [join(import.meta.dirname, 'test/harness/properties.ts')],
    // They wait for servers a third of the time: three at once keep two cores busy.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new ClosingReporter()],
  },
})
