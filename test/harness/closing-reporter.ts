import type { Reporter, TestModule } from 'vitest/node'
import { SKIPPED } from './services.ts'

/** Ends a run with what was skipped and why, and with one plain line of numbers. */
export class ClosingReporter implements Reporter {
  private readonly reasons = new Set<string>()

  onUserConsoleLog({ content }: { readonly content: string }): void {
    for (const line of content.split('\n'))
      if (line.startsWith(SKIPPED)) this.reasons.add(line.slice(SKIPPED.length))
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      // A file that could not be read, or whose set-up failed, has a fault and no test that carries it.
      if (module.errors().length > 0) count.failed++
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed++
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state !== 'pending') count[result.state]++
        if (result.state === 'skipped' && result.note) this.reasons.add(result.note)
      }
    }
    process.stdout.write(`\n${this.closing(count).join('\n')}\n`)
  }

  private closing({
    passed,
    failed,
    skipped,
  }: {
    passed: number
    failed: number
    skipped: number
  }): string[] {
    const lines = [...this.reasons].map((reason) => `  ${reason}`)
    if (lines.length > 0) lines.unshift('Not everything could run here:')
    else if (skipped > 0) lines.push('Skipped without a reason: filtered out, or a set-up failed.')
    return [...lines, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`]
  }
}
