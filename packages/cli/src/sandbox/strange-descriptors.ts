import { readdirSync, readFileSync } from 'node:fs'

const CLOEXEC = 0o2000000

/** Open files beyond the first three that whoever started us left open for whatever we start: numbers, ascending. */
export function strangeDescriptors(directory = '/proc/self/fdinfo'): number[] {
  return readdirSync(directory)
    .map(Number)
    .filter((fd) => fd > 2 && !closesByItself(`${directory}/${fd}`))
    .sort((a, b) => a - b)
}

function closesByItself(path: string): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(path, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOEXEC) !== 0
  } catch {
    // Gone already: it was that of the listing itself.
    return true
  }
}
