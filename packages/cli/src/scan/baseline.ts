import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { LocalError } from '../usage-error.ts'
import type { Found } from './finding.ts'
import { Naming } from './naming.ts'

const accepted = z.strictObject({
  id: z.string().max(64),
  kind: z.string().max(100),
  path: z.string().max(4096),
  /** Who answers for it. */
  owner: z.string().min(1).max(200),
  /** From this day on it counts again. */
  expires: z.iso.date(),
  reason: z.string().min(1).max(500),
})
const file = z.strictObject({
  version: z.literal(1),
  /** Findings are named by it, so that the same one has the same id on every machine. It opens nothing. */
  key: z.base64url().length(43),
  accepted: z.array(accepted).max(10_000),
})

export type Accepted = z.infer<typeof accepted>

/** Findings that somebody answers for, until a day. Kept in a file that people share. */
export class Baseline {
  readonly naming: Naming
  readonly #path: string
  readonly #file: z.infer<typeof file>

  private constructor(path: string, content: z.infer<typeof file>) {
    this.#path = path
    this.#file = content
    this.naming = new Naming(Buffer.from(content.key, 'base64url'))
  }

  /** An empty one is made where there is none. @throws LocalError for one that cannot be read */
  static open(path: string): Baseline {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new LocalError(`The baseline ${path} cannot be read.`, { cause: error })
      const made = new Baseline(path, {
        version: 1,
        key: randomBytes(32).toString('base64url'),
        accepted: [],
      })
      made.#save()
      return made
    }
    try {
      return new Baseline(path, file.parse(JSON.parse(text)))
    } catch (error) {
      const at =
        error instanceof z.ZodError
          ? ` (${error.issues.map((issue) => issue.path.join('.')).join(', ')})`
          : ''
      throw new LocalError(`${path} is not a baseline of broker scan${at}.`, {
        advice: 'Mend it, or move it away: the next scan makes an empty one.',
      })
    }
  }

  accept(one: Accepted): void {
    const others = this.#file.accepted.filter(({ id }) => id !== one.id)
    this.#file.accepted = [...others, one].sort((a, b) => a.path.localeCompare(b.path))
    this.#save()
  }

  /** Who answers for it; undefined where nobody does, or no longer. */
  of({ finding }: Found): Accepted | undefined {
    return this.#file.accepted.find(({ id }) => id === finding.id)
  }

  #save(): void {
    const draft = `${this.#path}.${process.pid}`
    writeFileSync(draft, `${JSON.stringify(this.#file, null, 2)}\n`)
    renameSync(draft, this.#path)
  }
}

export const isOver = ({ expires }: Accepted, now: Date): boolean => expires <= now.toISOString().slice(0, 10)
