import { createReadStream } from 'node:fs'

const MAX_LINE = 1024 * 1024

/**
 * The lines of a file, split at line feeds alone: Node's own line reader also splits at U+2028, which may stand
 * inside a JSON string. A line above 1 MiB is cut into pieces, which no reader of ours accepts.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() as string
    yield* lines
    if (rest.length > MAX_LINE) {
      yield rest
      rest = ''
    }
  }
  if (rest !== '') yield rest
}
