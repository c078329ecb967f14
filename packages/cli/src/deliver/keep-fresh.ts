import { BrokerApiError } from '@credbroker/sdk/errors'
import type { Io } from '@credbroker/sdk/io'
import type { Lease } from '@credbroker/sdk/lease'
import type { LeaseHandle } from '@credbroker/sdk/lease-handle'

/**
 * Renews a lease when it is due, without anyone asking for it, and tells of each new one. Stops by itself when the
 * broker refuses: then the task is over, and what was delivered is dead.
 */
export function keepFresh(
  handle: LeaseHandle,
  io: Io,
  renewed: (lease: Lease) => void = () => {},
): () => void {
  let cancel = (): void => {}
  let stopped = false
  let told: Lease | undefined
  const plan = (): void => {
    if (stopped) return
    const wait = (handle.renewAt?.getTime() ?? 0) - io.now().getTime()
    cancel = io.after(Math.max(wait, 1_000), () => {
      handle.current().then(
        (lease) => {
          if (stopped) return
          if (lease !== told) renewed(lease)
          told = lease
          plan()
        },
        (error: unknown) => {
          if (!(error instanceof BrokerApiError && (error.status === 401 || error.status === 403))) plan()
        },
      )
    })
  }
  plan()
  return () => {
    stopped = true
    cancel()
  }
}
