import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'

interface Level {
  /** Relative to the directory of the walk, with a slash at its end; empty for that itself. */
  readonly base: string
  readonly rules: Ignore
}

/** What the ignore files from the top of a walk down to one directory say. */
export class Ignores {
  readonly #levels: readonly Level[]

  constructor(levels: readonly Level[] = []) {
    this.#levels = levels
  }

  /** With those of a directory. `names`: what is in it. */
  within(directory: string, base: string, names: ReadonlySet<string>): Ignores {
    const texts = ['.gitignore', '.ignore'].flatMap((name) => {
      if (!names.has(name)) return []
      try {
        return [readFileSync(join(directory, name), 'utf8')]
      } catch {
        return []
      }
    })
    return texts.length === 0
      ? this
      : new Ignores([...this.#levels, { base, rules: ignore().add(texts.join('\n')) }])
  }

  /** The innermost that says anything decides. `path` ends with a slash for a directory. */
  has(path: string): boolean {
    for (const { base, rules } of this.#levels.toReversed()) {
      const { ignored, unignored } = rules.test(path.slice(base.length))
      if (ignored || unignored) return ignored
    }
    return false
  }
}
