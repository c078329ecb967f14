import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

// Runs the static checks side by side. Each looks at the whole tree, so there is nothing to order or to cache: see
// docs/decisions/0006-no-task-runner.md.

const root = join(import.meta.dirname, '..')

/** Longest first. Test-only exports are allowed to the second look for dead code, which leaves tests out. */
const checks: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['types of the console', 'tsc', '-p', 'apps/console/tsconfig.json'],
  ['published package', 'node', 'packages/sdk/scripts/check-package.ts'],
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['layers', 'node', 'scripts/layers.ts'],
  ['dead code', 'knip'],
  ['dead code in what ships', 'knip', '--production', '--exclude', 'exports,types'],
  ['generated files', 'node', 'scripts/generate.ts', '--check'],
]

const waiting = [...checks]
const failed: string[] = []

async function worker(): Promise<void> {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const [name, program, ...args] = check
    const { code, output } = await run(program, args)
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name}\n${code === 0 ? '' : output}`)
    if (code !== 0) failed.push(name)
  }
}

function run(program: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', ({ message }) => resolve({ code: null, output: `${message}\n` }))
    child.once('close', (code) => resolve({ code, output }))
  })
}

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
process.stdout.write(`${checks.length - failed.length} passed, ${failed.length} failed\n`)
process.exitCode = failed.length > 0 ? 1 : 0
