import { BrokerError } from '@credbroker/core/errors'
import type { InPlaceRotation, VendorIo } from '../../provider.ts'
import { quoteIdentifier, quoteLiteral } from './identifier.ts'
import type { Root } from './root.ts'
import { newPassword, scramVerifier } from './scram.ts'
import { forgetSessions, withSession } from './session.ts'

/** A role has one password, so the new one takes the old one's place in a single statement. Open sessions of the root go on. */
export const rotation: InPlaceRotation<Root> = {
  plan(root, io) {
    return { ...root, password: newPassword(io.random).expose() }
  },

  async apply(old, next, io) {
    forgetSessions(old, io)
    if (await letsIn(next, io)) return
    await withSession(old, old.database, io, async ({ sql }) => {
      const verifier = scramVerifier(next.password, io.random)
      await sql.run(`ALTER ROLE ${quoteIdentifier(old.user)} PASSWORD ${quoteLiteral(verifier)}`)
    })
    if (!(await letsIn(next, io)))
      throw new BrokerError('vendor_refused', {
        detail: 'The server took the new password and then refused it',
      })
  },
}

/** Whether the server lets the root in, and because of its password: behind `trust` any password would seem right. */
async function letsIn(root: Root, io: VendorIo): Promise<boolean> {
  try {
    return await withSession(root, root.database, io, async ({ login }) => {
      if (login === 'scram') return true
      throw new BrokerError('root_unusable', {
        detail: 'The server does not ask for the root’s password, so a new one proves nothing',
      })
    })
  } catch (error) {
    const refused =
      error instanceof BrokerError &&
      (error.details.cause as { code?: unknown } | undefined)?.code === '28P01'
    if (refused) return false
    throw error
  }
}
