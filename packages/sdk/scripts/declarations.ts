import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const IMPORT = /(from |import\()(['"])([^'"]+)\2/g

/**
 * Copies the declarations that are reachable from the entry points, so that the package needs no other package of ours:
 * what comes from core lies beside what comes from the SDK, under relative names.
 *
 * @throws Error when one imports anything but Node, which would be a hidden dependency
 */
export function copyDeclarations(from: string, to: string, entries: readonly string[]): void {
  const waiting = entries.map((entry) => `sdk/src/${entry}`)
  const done = new Set<string>()
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (done.has(file)) continue
    done.add(file)
    const here = dirname(file)
    const text = readFileSync(join(from, `${file}.d.ts`), 'utf8').replace(
      IMPORT,
      (whole: string, keyword: string, quote: string, specifier: string) => {
        if (specifier.startsWith('node:')) return whole
        const target = resolve(specifier, here)
        waiting.push(target)
        const path = relative(here, target)
        return `${keyword}${quote}${path.startsWith('.') ? path : `./${path}`}.js${quote}`
      },
    )
    mkdirSync(join(to, here), { recursive: true })
    writeFileSync(join(to, `${file}.d.ts`), text)
  }
}

function resolve(specifier: string, here: string): string {
  if (specifier.startsWith('.')) return join(here, specifier).replace(/\.[jt]s$/, '')
  const core = /^@credbroker\/core\/(.+)$/.exec(specifier)?.[1]
  if (core === undefined)
    throw new Error(`the declarations need ${specifier}: the package would depend on it`)
  return `core/src/${core}`
}
