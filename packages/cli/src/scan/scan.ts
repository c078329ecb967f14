import { relative } from 'node:path'
import { within } from '../sandbox/paths.ts'
import { CleanFiles } from './clean-files.ts'
import { createDetector, type Detect } from './detect.ts'
import type { Found, ScanReport, Skipped } from './finding.ts'
import { history } from './history.ts'
import { Naming } from './naming.ts'
import { readText } from './read-text.ts'
import { walkNamed } from './walk.ts'

export interface ScanOptions {
  /** Absolute paths of directories and files. Each finding names its file relative to the first directory that has it. */
  readonly roots: readonly string[]
  /** Files of roots that lie in this directory are named relative to it. */
  readonly home?: string | undefined
  /** Variables, which are read like a file of settings. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** What was ever committed in the git repositories of the directories, too. */
  readonly history?: boolean | undefined
  /** Of this user: what was clean, and the key that findings are named by. */
  readonly cacheDirectory?: string | undefined
  /** The key that findings are named by, of a baseline that several people share. */
  readonly naming?: Naming | undefined
  /** In a sandbox: what it leaves to be seen. */
  readonly visible?: ((path: string) => boolean) | undefined
  readonly signal?: AbortSignal | undefined
  readonly now: () => Date
  /** Now and then: how many files were looked at. */
  readonly onProgress?: (files: number) => void
}

/** Files of one root at most. */
const MOST_FILES = 1_000_000
const SKIPPED_NAMED = 100
const AT_ONCE = 32

/**
 * Looks for stray secrets. What was clean and did not change is not opened again; where nothing did, no rule is loaded.
 * @throws Error of a root that is not there
 */
export async function scan(options: ScanOptions): Promise<ScanReport> {
  const run = new Run(options)
  for (const root of options.roots) await run.root(root)
  if (options.env) await run.variables(options.env)
  if (options.history) for (const root of options.roots) await run.history(root)
  return run.report()
}

class Run {
  readonly #options: ScanOptions
  readonly #naming: Naming
  readonly #found: Found[] = []
  readonly #skipped: Skipped[] = []
  #skippedCount = 0
  #files = 0
  #cached = 0
  #detect: Detect | undefined

  constructor(options: ScanOptions) {
    this.#options = options
    this.#naming = options.naming ?? Naming.ofUser(options.cacheDirectory)
  }

  async root(root: string): Promise<void> {
    const { visible, signal, cacheDirectory, home } = this.#options
    const clean = CleanFiles.open(cacheDirectory, root, visible !== undefined)
    const walked = walkNamed(root, {
      most: MOST_FILES,
      skip: (one) => this.#skip(one),
      visible,
      signal,
      shownAs: home !== undefined && within(root, home) ? relative(home, root) || undefined : undefined,
    })
    const reading = new Set<Promise<void>>()
    for (const [path, shown] of walked) {
      this.#files += 1
      if (this.#files % 500 === 0) this.#options.onProgress?.(this.#files)
      if (clean.has(shown, path)) {
        this.#cached += 1
        continue
      }
      const work = this.#file(path, shown, clean).finally(() => reading.delete(work))
      reading.add(work)
      if (reading.size >= AT_ONCE) await Promise.race(reading)
    }
    await Promise.all(reading)
    signal?.throwIfAborted()
    clean.save()
  }

  async #file(path: string, shown: string, clean: CleanFiles): Promise<void> {
    const now = this.#options.now()
    const read = await readText(path)
    if (typeof read === 'string') return this.#skip({ path: shown, why: read })
    if ((await this.#look(read.text, shown)) === 0) clean.keep(shown, read, now)
  }

  async variables(env: Readonly<Record<string, string | undefined>>): Promise<void> {
    const clean = CleanFiles.open(this.#options.cacheDirectory, 'env:')
    const digest = this.#naming.digest('env', JSON.stringify(Object.entries(env).sort()))
    if (clean.hasDigest('env', digest)) return
    let found = 0
    for (const [name, value] of Object.entries(env))
      if (value) found += await this.#look(`${name}=${value}`, `env:${name}`)
    if (found === 0) clean.keepDigest('env', digest)
    clean.save()
  }

  async history(root: string): Promise<void> {
    for await (const { path, text } of history(root, this.#options.signal)) await this.#look(text, path)
  }

  async #look(text: string, shown: string): Promise<number> {
    this.#detect ??= createDetector()
    const matches = await this.#detect(text, shown)
    this.#found.push(...matches.map((match) => this.#naming.found(match, shown, text)))
    return matches.length
  }

  #skip(skipped: Skipped): void {
    this.#skippedCount += 1
    if (skipped.why !== 'binary' && this.#skipped.length < SKIPPED_NAMED) this.#skipped.push(skipped)
  }

  report(): ScanReport {
    const byPlace = (a: Found, b: Found) =>
      a.finding.path.localeCompare(b.finding.path) || a.finding.line - b.finding.line
    return {
      found: this.#found.sort(byPlace),
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      files: this.#files,
      filesFromCache: this.#cached,
    }
  }
}
