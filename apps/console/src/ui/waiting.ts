import { useEffect, useRef } from 'react'
import { useOne } from '../api/queries.ts'

interface Overview {
  readonly approvals: { readonly waiting: number }
}

/** How many questions wait for people; a desktop notification where this browser was asked for them and the window is hidden. */
export function useWaiting(): number {
  const waiting = useOne<Overview>('/v1/reports/overview', { everyMs: 15_000 }).data?.approvals.waiting ?? 0
  const before = useRef<number | undefined>(undefined)
  useEffect(() => {
    const more = before.current !== undefined && waiting > before.current
    before.current = waiting
    if (more && document.hidden && 'Notification' in globalThis && Notification.permission === 'granted')
      // No word of who asks for what: the screen may be locked, or shown to others.
      new Notification('Credbroker', {
        body: 'Somebody waits for an approval',
        tag: 'credbroker-approvals',
      }).onclick = () => focus()
  }, [waiting])
  return waiting
}
