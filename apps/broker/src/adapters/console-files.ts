import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { ConsoleFile, ConsoleFiles } from '../ports/console-files.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Beside the bundle, or in the `dist` of the source tree. */
const PLACES = ['./console', '../../../../dist/console']

/** Reads each file when it is first asked for, and keeps it: a build in use does not change. */
export function consoleFiles(
  places = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))),
): ConsoleFiles {
  const directory = places.find((place) => existsSync(join(place, 'index.html')))
  if (directory === undefined) return { page: () => undefined, file: () => undefined }
  // What is not in this list has no name here, whatever a path may spell.
  const names = new Set(
    readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => TYPES[extname(name)]),
  )
  const kept = new Map<string, ConsoleFile>()
  const read = (name: string): ConsoleFile => {
    const body = new Uint8Array(readFileSync(join(directory, name)))
    return { type: TYPES[extname(name)] ?? '', body, gzip: new Uint8Array(gzipSync(body, { level: 9 })) }
  }
  return {
    page: () => readFileSync(join(directory, 'index.html'), 'utf8'),
    file(path) {
      if (!names.has(path)) return undefined
      const file = kept.get(path) ?? read(path)
      kept.set(path, file)
      return file
    },
  }
}
