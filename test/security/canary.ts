import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Values to look for. All hold one word that nothing else does, at both ends, so that one search finds any of them,
 * shortened ones too; between the words is whatever gets escaped somewhere.
 */
export interface Canaries {
  readonly values: readonly string[]
  /** Which encodings of the word this holds, by name; none where it is clean. */
  find(text: string | Buffer): string[]
}

export function hatch(count: number): Canaries {
  // Letters only: no escaping changes them.
  const word = `cnry${[...randomBytes(12)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')}`
  const values = Array.from({ length: count }, (_, i) => `${word}-${i}-"\\/+%&='<>${'ß'}-${word}`)
  const needles = Object.entries(encodings(word)).map(([name, text]) => [name, Buffer.from(text)] as const)
  return {
    values,
    find: (text) => {
      const bytes = Buffer.from(text as string)
      return needles.filter(([, needle]) => bytes.includes(needle)).map(([name]) => name)
    },
  }
}

function encodings(word: string): Record<string, string> {
  const hex = Buffer.from(word).toString('hex')
  const spread = (text: string, by: string) => text.match(/../g)?.join(by) ?? ''
  // Inside a longer text, base64 of the word depends on how many bytes come before; the characters at its ends on those.
  const base64 = (before: number) =>
    Buffer.from('-'.repeat(before) + word)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(before === 0 ? 0 : before + 1, -1)
  return {
    raw: word,
    hex,
    'upper-case hex': hex.toUpperCase(),
    'percent-encoded': `%${spread(hex, '%')}`,
    'JSON \\u': [...word]
      .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
    'base64 at 0': base64(0),
    'base64 at 1': base64(1),
    'base64 at 2': base64(2),
    'UTF-16': Buffer.from(word, 'utf16le').toString('latin1'),
    backwards: [...word].reverse().join(''),
  }
}

/** Every file below a directory that holds a canary, with the encodings. Files that go while we look are gone. */
export async function findInFiles({ find }: Canaries, directory: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const forms = find(await readFile(path).catch(() => ''))
    if (forms.length > 0) found.push(`${path}: ${forms.join(', ')}`)
  }
  return found
}

/** Looks at the arguments and the environment of every process of this machine, again and again, until stopped. */
export function watchProcesses({ find }: Canaries): { stop(): Promise<{ looked: number; found: string[] }> } {
  const found = new Set<string>()
  let looked = 0
  let stopped = false
  const look = async () => {
    while (!stopped) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
        for (const file of ['cmdline', 'environ']) {
          const forms = find(await readFile(`/proc/${pid}/${file}`).catch(() => ''))
          looked++
          if (forms.length > 0) found.add(`${file} of ${pid}: ${forms.join(', ')}`)
        }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const watching = look()
  return {
    async stop() {
      stopped = true
      await watching
      return { looked, found: [...found] }
    },
  }
}
