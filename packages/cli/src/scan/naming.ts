import { createHmac, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '@credbroker/core/secret'
import type { Found } from './finding.ts'
import type { Match } from './match.ts'

/** Names findings without saying anything about their values: what is equal is seen to be, by whoever has the key. */
export class Naming {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  /** By the key of this user, which is made when there is none. Without a place to keep it, by one of this run. */
  static ofUser(directory: string | undefined): Naming {
    if (directory === undefined) return new Naming(randomBytes(32))
    const path = join(directory, 'key')
    try {
      const key = readFileSync(path)
      if (key.length === 32) return new Naming(key)
    } catch {}
    const key = randomBytes(32)
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      writeFileSync(path, key, { mode: 0o600 })
    } catch {}
    return new Naming(key)
  }

  digest(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('hex')
  }

  found({ kind, title, value, from }: Match, path: string, text: string): Found {
    const before = text.slice(0, from)
    const finding = {
      id: `fnd_${this.digest('finding', path, kind, value).slice(0, 12)}`,
      kind,
      title,
      path,
      line: before.split('\n').length,
      column: from - before.lastIndexOf('\n'),
      fingerprint: this.digest('value', value).slice(0, 16),
    }
    return { finding, value: new Secret(value) }
  }
}
