import { open } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { LIMITS } from '@credbroker/core/limits'
import { Secret } from '@credbroker/core/secret'
import type { Cli } from '../cli.ts'
import { LocalError, UsageError } from '../usage-error.ts'
import { gitTreeOf } from './git-tree.ts'

/** A secret from standard input: asked for without an echo on a terminal, read to its end otherwise. */
export async function readSecretFromStdin(
  cli: Pick<Cli, 'stdin' | 'interactive'>,
  question: string,
): Promise<Secret> {
  if (cli.interactive) return ask(question)
  if (cli.stdin.isTTY) throw new UsageError('Nothing on standard input.', 'Pipe the secret in.')
  let text = ''
  for await (const chunk of cli.stdin) {
    text += chunk
    if (text.length > LIMITS.secretBytes) throw tooLarge()
  }
  return trimmed(text)
}

/**
 * A secret from a file that lies where it cannot be committed.
 *
 * @throws LocalError inside a git work tree, when it cannot be read, or above 64 KiB
 */
export async function readSecretFile(path: string, cwd: string): Promise<Secret> {
  const file = isAbsolute(path) ? path : resolve(cwd, path)
  const tree = await gitTreeOf(file)
  if (tree !== undefined)
    throw new LocalError(`${file} lies inside the git work tree ${tree}.`, {
      advice: 'Move it out of the tree. If it was ever committed, replace the credential at the vendor.',
    })
  const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new LocalError(`${file} cannot be read${cause.code ? ` (${cause.code})` : ''}.`)
  })
  try {
    const buffer = Buffer.alloc(LIMITS.secretBytes + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    if (bytesRead > LIMITS.secretBytes) throw tooLarge()
    return trimmed(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await handle.close()
  }
}

async function ask(question: string): Promise<Secret> {
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: question })
  if (isCancel(answer)) throw new LocalError('Nothing was entered.')
  return trimmed(answer)
}

function trimmed(text: string): Secret {
  const value = text.trim()
  if (value === '') throw new LocalError('The secret is empty.')
  return new Secret(value)
}

const tooLarge = (): LocalError => new LocalError('The secret is larger than 64 KiB.')
