import { connect } from 'node:net'
import { BrokerUnreachableError } from '@credbroker/sdk/errors'
import { OUTER } from '@credbroker/sdk/outer-variables'
import { readLine } from '@credbroker/sdk/read-line'
import type { Asked, Said } from './helper.ts'

/** Has the run around this command answer for a scope of its own. */
export async function askRun(env: Readonly<Record<string, string | undefined>>, asked: Asked): Promise<Said> {
  const socket = connect(env[OUTER.socket] ?? '')
  try {
    socket.write(`${JSON.stringify({ secret: env[OUTER.secret], tool: asked })}\n`)
    return (JSON.parse(await readLine(socket)) as { readonly said: Said }).said
  } catch {
    throw new BrokerUnreachableError('the run around this command has ended or does not answer')
  } finally {
    socket.destroy()
  }
}
