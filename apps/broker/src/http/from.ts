import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { From } from '../application/people/people.ts'
import type { HttpEnv } from './server.ts'

const MOST = 160

/** Where a request came from: the address that is connected to us (a proxy’s, where there is one) and what the browser says it is. */
export function fromOf(c: Context<HttpEnv>): From {
  const agent = c.req
    .header('user-agent')
    ?.replace(/[^ -~]/g, '?')
    .slice(0, MOST)
  return { address: addressOf(c), browser: agent || null, requestId: c.get('requestId') }
}

function addressOf(c: Context<HttpEnv>): string | null {
  try {
    const { address } = getConnInfo(c).remote
    return address && /^[0-9a-f.:]{2,45}$/i.test(address) ? address : null
  } catch {
    // Not from a socket: a test that calls the application itself.
    return null
  }
}
