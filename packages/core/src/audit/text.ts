import { z } from 'zod'

const BREAK = /[\t\n\r]/g
// Controls, direction marks and line separators could forge a line or reverse it on a reviewer's screen;
// a lone surrogate has no UTF-8, and U+0000 no place in PostgreSQL's jsonb.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Text that an agent, a person or a vendor chose. It is shortened and cleaned rather than refused: whoever writes an
 * absurd purpose must not thereby keep the event that says so out of the log.
 */
export const claimed = (maxLength: number) => z.string().transform((text) => clean(text, maxLength))

/** At most `maxLength` UTF-16 units, `…` where something was cut, U+FFFD for what cannot be shown. Idempotent. */
export function clean(text: string, maxLength: number): string {
  const shown = text
    .slice(0, maxLength + 1)
    .replace(BREAK, ' ')
    .replace(UNPRINTABLE, '\ufffd')
  if (text.length <= maxLength) return shown
  const cut = shown.slice(0, maxLength - 1)
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}
