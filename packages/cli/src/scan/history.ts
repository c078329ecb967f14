import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What one commit added to one file. */
export interface Added {
  /** `PATH@COMMIT` */
  readonly path: string
  readonly text: string
}

const MOST_BYTES = 512 * 1024 * 1024
const CHUNK = 1024 * 1024
const LONGEST_LINE = 100_000

/**
 * All that was ever added in a repository, on any branch, as git tells it; nothing of the repository's own settings runs. Empty
 * where there is no repository.
 */
export async function* history(directory: string, signal?: AbortSignal): AsyncGenerator<Added> {
  const args = ['-c', 'core.fsmonitor=', '-c', 'log.showSignature=false', '-C', directory]
  const log = ['log', '--all', '--no-color', '--no-ext-diff', '--no-textconv', '-p', '-U0', '--format=%x00%h']
  const git = spawn('git', [...args, ...log], {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(signal && { signal }),
  })
  git.on('error', () => {})
  let commit = ''
  let file = ''
  let lines: string[] = []
  let size = 0
  let bytes = 0
  const added = (): Added => ({ path: `${file}@${commit}`, text: lines.join('\n') })
  try {
    for await (const line of createInterface({ input: git.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      bytes += line.length
      if (bytes > MOST_BYTES) break
      const begins = line.startsWith('\0') || line.startsWith('+++ ')
      if ((begins || size > CHUNK) && lines.length > 0) {
        yield added()
        lines = []
        size = 0
      }
      if (line.startsWith('\0')) commit = line.slice(1)
      else if (line.startsWith('+++ ')) file = line.slice(line.startsWith('+++ b/') ? 6 : 4)
      else if (line.startsWith('+') && line.length < LONGEST_LINE) {
        lines.push(line.slice(1))
        size += line.length
      }
    }
    if (lines.length > 0) yield added()
  } finally {
    git.kill()
  }
}
