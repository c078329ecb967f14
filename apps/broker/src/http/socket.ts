import type { IncomingMessage, ServerResponse } from 'node:http'
import { BrokerError } from '@credbroker/core/errors'

/** What a request came by and its answer goes by, for what is written there byte by byte and can be cut. */
interface Socket {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

const isSocket = (env: unknown): env is Socket =>
  typeof env === 'object' && env !== null && 'incoming' in env && 'outgoing' in env

export function socketOf(env: unknown): Socket {
  if (isSocket(env)) return env
  throw new BrokerError('internal', { cause: new Error('a request came without a socket') })
}

/** Once it takes more again; or it never will. */
export const drained = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      outgoing.off('drain', go)
      outgoing.off('close', go)
      resolve()
    }
    outgoing.on('drain', go)
    outgoing.on('close', go)
  })
