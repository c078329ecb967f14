import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Skipped } from './finding.ts'
import { Ignores } from './ignores.ts'
import { isCredentialDirectory, isCredentialFile, isHeavy } from './names.ts'

export interface WalkOptions {
  readonly most: number
  readonly skip: (skipped: Skipped) => void
  /** In a sandbox: what it leaves to be seen. */
  readonly visible?: ((path: string) => boolean) | undefined
  /** The name of the root. Left out: that of a file, and nothing before what lies in a directory. */
  readonly shownAs?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** The working directory of git holds its own configuration, which may hold a password of its remote. */
const OF_GIT = new Set(['config', 'credentials'])

/** Which files of a directory: those that no ignore file names, only credentials by their names, everything, or what git knows of itself. */
type Reads = 'unignored' | 'named' | 'everything' | 'of-git'

interface Place {
  readonly directory: string
  /** As it is shown, with a slash at its end. */
  readonly base: string
  readonly ignores: Ignores
  readonly reads: Reads
}

/**
 * The regular files below a directory, as `[path, shown]`. Symbolic links are not followed, so that there is no circle and no way
 * out. Ignore files spare what is built and fetched, and never a file that is a credential by its name.
 */
export function* walk(root: string, options: WalkOptions): Generator<readonly [path: string, shown: string]> {
  const { skip, visible, signal } = options
  let left = options.most
  const base = options.shownAs === undefined ? '' : `${options.shownAs}/`
  const waiting: Place[] = [{ directory: root, base, ignores: new Ignores(), reads: 'unignored' }]
  for (let place = waiting.pop(); place && !signal?.aborted; place = waiting.pop()) {
    const { directory, base, reads } = place
    const entries = entriesOf(directory, base, skip)
    const ignores =
      reads === 'unignored' ? place.ignores.within(directory, base, namesOf(entries)) : place.ignores
    for (const entry of entries) {
      const path = join(directory, entry.name)
      const shown = base + entry.name
      if (visible && !visible(path)) continue
      if (entry.isDirectory()) {
        const below = readsBelow(reads, entry.name, () => ignores.has(`${shown}/`))
        if (below) waiting.push({ directory: path, base: `${shown}/`, ignores, reads: below })
        continue
      }
      if (entry.isSymbolicLink() || !isRead(reads, entry.name, () => ignores.has(shown))) continue
      if (!entry.isFile()) {
        skip({ path: shown, why: 'not-a-file' })
        continue
      }
      if (left === 0) {
        skip({ path: shown, why: 'too-many' })
        return
      }
      left -= 1
      yield [path, shown]
    }
  }
}

function readsBelow(reads: Reads, name: string, ignored: () => boolean): Reads | undefined {
  if (reads === 'of-git' || isHeavy(name)) return undefined
  if (name === '.git') return 'of-git'
  if (reads === 'everything' || isCredentialDirectory(name)) return 'everything'
  return reads === 'named' || ignored() ? 'named' : 'unignored'
}

function isRead(reads: Reads, name: string, ignored: () => boolean): boolean {
  if (reads === 'of-git') return OF_GIT.has(name)
  if (reads === 'everything' || isCredentialFile(name)) return true
  return reads === 'unignored' && !ignored()
}

/** A file that was named, or all below a directory that was. */
export function* walkNamed(
  path: string,
  options: WalkOptions,
): Generator<readonly [path: string, shown: string]> {
  const stat = lstatSync(path)
  if (stat.isDirectory()) yield* walk(path, options)
  else if (stat.isFile()) yield [path, options.shownAs ?? basename(path)]
  else options.skip({ path, why: 'not-a-file' })
}

const namesOf = (entries: readonly Dirent[]): ReadonlySet<string> => new Set(entries.map(({ name }) => name))

function entriesOf(directory: string, base: string, skip: WalkOptions['skip']): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    skip({ path: base, why: 'unreadable' })
    return []
  }
}
