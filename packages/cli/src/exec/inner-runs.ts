import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { ProblemBody } from '@credbroker/core/wire/problem'
import type { Lender, LendOptions, Lent } from '@credbroker/sdk/delegate'
import { BrokerApiError } from '@credbroker/sdk/errors'
import type { Task } from '@credbroker/sdk/task'
import { readLine } from './read-line.ts'

/** What a run inside asks: first where the task is, then for a part of it. One line of JSON each way, one per connection. */
export interface InnerRequest {
  readonly secret: string
  readonly lend?: LendOptions
}
export type InnerAnswer =
  | { readonly lender: Lender }
  | { readonly lent: Lent }
  | { readonly problem: Partial<ProblemBody> }

/** Variables by which a run inside finds the run around it. */
export const OUTER = { socket: 'BROKER_OUTER_SOCKET', secret: 'BROKER_OUTER_SECRET' } as const

export interface InnerRuns extends Disposable {
  /** For the command. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Lets a `broker exec` inside this run ask for a part of its task: over a socket in the run's directory, with the run's
 * secret, by a proof of its own key. This run's key and token stay here. Whoever reads the directory and the variables of
 * this user may ask as well, and gets a part of this task and no more; only another user is kept out.
 */
export async function serveInnerRuns(task: Task, directory: string, secret: string): Promise<InnerRuns> {
  const expected = digest(secret)
  const path = join(directory, 'outer.sock')
  const answer = async (socket: Socket): Promise<InnerAnswer> => {
    const request = JSON.parse(await readLine(socket)) as Partial<InnerRequest>
    if (!timingSafeEqual(digest(String(request.secret)), expected)) throw new Error('wrong secret')
    if (!request.lend) return { lender: task.lender }
    return await task.lend(request.lend).then((lent) => ({ lent }), problemOf)
  }
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    answer(socket).then(
      (said) => socket.end(`${JSON.stringify(said)}\n`),
      () => socket.destroy(),
    )
  })
  const listens = await new Promise<boolean>((resolve) => {
    // The path of a socket is short, and that of a temporary directory may not be.
    server.once('error', () => resolve(false))
    server.listen(path, () => resolve(true))
  })
  server.unref()
  return {
    env: listens ? { [OUTER.socket]: path, [OUTER.secret]: secret } : {},
    [Symbol.dispose]: () => {
      if (listens) server.close()
    },
  }
}

/** What the broker said, as it would have said it to the run inside. */
function problemOf(error: unknown): InnerAnswer {
  if (!(error instanceof BrokerApiError))
    return { problem: { status: 503, code: 'store_unavailable', retryable: true } }
  const { status, code, reason: detail, todo, required, retryable } = error
  return {
    problem: {
      status,
      code: code as ProblemBody['code'],
      detail,
      retryable,
      ...(todo !== undefined && { todo }),
      ...(required !== undefined && { required: [...required] }),
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
