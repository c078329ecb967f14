import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markOf } from './read-text.ts'
import { RULES_VERSION } from './rules/all.ts'

/** A file that changed within this time of being read may change again without showing it. */
const SETTLED_MS = 2000

/**
 * Which files had no secret in them, and what they looked like from outside then: no content, no value. One file of this
 * user for each directory that is looked through.
 */
export class CleanFiles {
  readonly #path: string | undefined
  readonly #known: ReadonlyMap<string, string>
  readonly #kept: Map<string, string>
  #changed = false

  private constructor(
    path: string | undefined,
    known: ReadonlyMap<string, string>,
    kept = new Map<string, string>(),
  ) {
    this.#path = path
    this.#known = known
    this.#kept = kept
  }

  /**
   * @param directory of the user; without one nothing is known and nothing kept.
   * @param partly where not all of the root is looked at: what is known of the rest stays.
   */
  static open(directory: string | undefined, root: string, partly = false): CleanFiles {
    if (directory === undefined) return new CleanFiles(undefined, new Map())
    const name = createHash('sha256').update(root).digest('hex').slice(0, 32)
    const path = join(directory, `${name}.json`)
    const known = knownOf(path)
    return new CleanFiles(path, known, new Map(partly ? known : []))
  }

  /** Whether it is as it was when nothing was in it. */
  has(shown: string, path: string): boolean {
    const mark = this.#known.get(shown)
    if (mark === undefined) return false
    try {
      if (markOf(lstatSync(path, { bigint: true })).mark !== mark) return false
    } catch {
      return false
    }
    this.#kept.set(shown, mark)
    return true
  }

  /** The same for what is no file: a digest of it says what it is. */
  hasDigest(name: string, digest: string): boolean {
    if (this.#known.get(name) !== digest) return false
    this.#kept.set(name, digest)
    return true
  }

  keepDigest(name: string, digest: string): void {
    this.#kept.set(name, digest)
    this.#changed = true
  }

  keep(shown: string, { mark, changedMs }: { mark: string; changedMs: number }, now: Date): void {
    if (now.getTime() - changedMs < SETTLED_MS) return
    this.#kept.set(shown, mark)
    this.#changed = true
  }

  /** What cannot be kept is looked into again next time. */
  save(): void {
    if (this.#path === undefined || (!this.#changed && this.#kept.size === this.#known.size)) return
    const draft = `${this.#path}.${process.pid}`
    try {
      mkdirSync(join(this.#path, '..'), { recursive: true, mode: 0o700 })
      const files = Object.fromEntries(this.#kept)
      writeFileSync(draft, JSON.stringify({ version: RULES_VERSION, files }), { mode: 0o600, flag: 'wx' })
      renameSync(draft, this.#path)
    } catch {}
  }
}

function knownOf(path: string): ReadonlyMap<string, string> {
  try {
    const { version, files } = JSON.parse(readFileSync(path, 'utf8'))
    return new Map(version === RULES_VERSION ? Object.entries<string>(files) : [])
  } catch {
    return new Map()
  }
}
