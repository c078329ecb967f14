import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { AnyProvider, Assertion, VendorIo, WorkLabels } from '../provider.ts'

/** In whose name a provider asks its vendor. */
export interface AskingRoot {
  readonly root: string
  readonly environment: string
}

export interface AssertionOrder extends AskingRoot {
  readonly audience: string
  /** `stranger`: somebody whom nobody at the vendor should trust. */
  readonly as: 'root' | 'stranger'
  /** Absent where no task is behind it: at intake, and when something is ended. */
  readonly work?: WorkLabels
  /** The vendor's own claims. */
  readonly claims: Readonly<Record<`https://${string}`, Json>>
}

/** Signs for one audience, with the key of the root's environment. @throws {BrokerError} `root_unusable` */
export type SignAssertion = (order: AssertionOrder) => Promise<Assertion>

/** Adds the power to assert for kinds that declare it, for their one audience and for the one root that is asked about. */
export function assertingIo(
  { federation }: AnyProvider,
  io: VendorIo,
  sign: SignAssertion | undefined,
  asking: AskingRoot | undefined,
  work: WorkLabels | undefined,
): VendorIo {
  if (!federation) return io
  return {
    ...io,
    async assert(as = 'root') {
      if (!sign || !asking)
        throw new BrokerError('root_unusable', { detail: 'There is no issuer to speak for this root' })
      const claims = work && federation.claims ? federation.claims(work) : {}
      return sign({ ...asking, audience: federation.audience, as, claims, ...(work && { work }) })
    },
  }
}
