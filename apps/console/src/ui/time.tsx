import { useEffect, useState } from 'react'

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** `5 min. ago`, `in 2 hr.` */
export function relative(time: string, now: number): string {
  const seconds = Math.round((Date.parse(time) - now) / 1000)
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const)
  return RELATIVE.format(Math.round(seconds / length), unit)
}

/** Minutes and seconds until then: `4:09`. */
export function left(until: string, now: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - now) / 1000))
  const hours = Math.floor(seconds / 3600)
  const rest = `${String(Math.floor((seconds % 3600) / 60)).padStart(hours > 0 ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

export const exactTime = (time: string): string => FORMAT.format(new Date(time))

/** The time by this browser's clock, anew every so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** When, as people say it; exactly, where they ask. */
export function Time({ at }: { readonly at: string | undefined }) {
  const now = useNow(15_000)
  if (at === undefined) return <>–</>
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relative(at, now)}
    </time>
  )
}

/** How long is left, by the second. */
export function Left({ until }: { readonly until: string }) {
  const now = useNow(1000)
  return <time dateTime={until}>{left(until, now)}</time>
}
