import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'

/** Whether one path is another, or lies below it. Both absolute. */
export const within = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)

/** Without symbolic links; undefined where there is nothing, or nothing that we may look at. */
export function real(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

const EVERYONE = 0o004

/** What lies in a directory of the system, to this depth, and is not for every user of the machine. */
export function notForEveryone(directory: string, depth: number): string[] {
  const names = list(directory)
  return names.flatMap((name) => {
    const path = join(directory, name)
    const info = lstatSync(path, { throwIfNoEntry: false })
    if (!info || info.isSymbolicLink()) return []
    if ((info.mode & EVERYONE) === 0) return [path]
    return info.isDirectory() && depth > 1 ? notForEveryone(path, depth - 1) : []
  })
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
