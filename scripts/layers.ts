import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'

// Checks the import rules of .dependency-cruiser.cjs, and that every source file was really read for it:
// a checker that cannot parse the language finds nothing to complain about.

const checkout = join(import.meta.dirname, '..')
const FOLDERS = ['apps', 'packages', 'test', 'bench', 'examples', 'scripts']

export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

export interface Layers {
  readonly violations: readonly Violation[]
  /** Sources that no rule was applied to. */
  readonly unread: readonly string[]
  readonly modules: number
}

/** The import rules of this checkout, applied to the tree below `root`. */
export async function checkLayers(root = checkout): Promise<Layers> {
  const sources = globSync(
    FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx}`),
    { cwd: root, exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path) },
  )
  const folders = FOLDERS.filter((folder) => sources.some((path) => path.startsWith(`${folder}/`)))
  const { modules, summary } = await cruise(root, folders)
  const read = new Set(modules.map(({ source }) => source))
  return {
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    unread: sources.filter((path) => !read.has(path)),
    modules: modules.length,
  }
}

interface Report {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string }
      readonly from: string
      readonly to: string
    }[]
  }
}

async function cruise(root: string, folders: readonly string[]): Promise<Report> {
  const program = join(checkout, 'node_modules/.bin/depcruise')
  const config = join(checkout, '.dependency-cruiser.cjs')
  // As JSON it ends with 0 whatever it found.
  const { stdout } = await promisify(execFile)(
    program,
    ['--config', config, '--output-type', 'json', ...folders],
    { cwd: root, maxBuffer: 1 << 28 },
  )
  return JSON.parse(stdout) as Report
}

if (import.meta.main) {
  const { violations, unread, modules } = await checkLayers()
  const lines = [
    ...violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`),
    ...unread.map((path) => `not read: ${path}`),
    ...(modules === 0 ? ['nothing was read'] : []),
  ]
  const name = relative(process.cwd(), import.meta.filename)
  process.stdout.write(
    lines.length > 0 ? `${lines.join('\n')}\n` : `${name}: ${modules} modules, every rule holds\n`,
  )
  process.exitCode = lines.length > 0 ? 1 : 0
}
