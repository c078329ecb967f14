import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { LendOptions, Lent } from '@credbroker/sdk/delegate'
import type { Around } from '@credbroker/sdk/outer-run'
import { OUTER } from '@credbroker/sdk/outer-variables'
import { readLine } from '@credbroker/sdk/read-line'
import type { Task } from '@credbroker/sdk/task'
import type { Asked, Said } from '../helpers/helper.ts'
import { type InnerCall, type InnerProblem, problemOf, serveCall } from './inner-calls.ts'

/**
 * What is asked from inside: where the task is, for a part of it, for one call, or for a credential as a tool reads it. One line of JSON each way, one per
 * connection; a call is answered in frames.
 */
interface InnerRequest {
  readonly secret: string
  readonly lend?: LendOptions
  readonly call?: InnerCall
  /** A helper of a tool asks for what its tool reads. */
  readonly tool?: Asked
}
type InnerAnswer =
  | Around
  | { readonly lent: Lent }
  | { readonly said: Said }
  | { readonly problem: InnerProblem }

export interface InnerRuns extends Disposable {
  /** For the command. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Lets a command inside this run ask for a part of its task, for a call in it, or for a credential of it: over a socket in the run's directory, with the run's
 * secret, by a proof of its own key. This run's key and token stay here. Whoever reads the directory and the variables of
 * this user may ask as well, and gets a part of this task and no more; only another user is kept out. `scan`: what this run has
 * said of the workspace, which a run inside says again.
 */
export async function serveInnerRuns(
  task: Task,
  directory: string,
  secret: string,
  scan?: ScanClaim,
): Promise<InnerRuns> {
  const expected = digest(secret)
  const path = join(directory, 'outer.sock')
  const answer = async (socket: Socket): Promise<InnerAnswer | 'answered'> => {
    const request = JSON.parse(await readLine(socket, MOST)) as Partial<InnerRequest>
    if (!timingSafeEqual(digest(String(request.secret)), expected)) throw new Error('wrong secret')
    if (request.call) {
      await serveCall(task, request.call, socket)
      return 'answered'
    }
    if (request.tool) {
      const { serveTool } = await import('../helpers/serve-tool.ts')
      return { said: await serveTool(task, request.tool) }
    }
    if (!request.lend) return { lender: task.lender, grants: task.grantViews, scan }
    return await task.lend(request.lend).then(
      (lent) => ({ lent }),
      (error) => ({ problem: problemOf(error) }),
    )
  }
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    answer(socket).then(
      (said) => said === 'answered' || socket.end(`${JSON.stringify(said)}\n`),
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

/** The body of a call comes along. */
const MOST = 96 * 1024 * 1024

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
