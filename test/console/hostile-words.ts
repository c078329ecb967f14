import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What somebody may write who wants to be taken for another, or to break what shows it. */
const HTML = '<img src=x onerror=alert(1)>'
const HIDDEN = 'a\u200bpprove\u2060'
const LOOK_ALIKE = '\u0430pply'
const FLOOD = `z${'\u0301'.repeat(30)}`

/** What the border lets in: it refuses direction marks and controls, and whatever is too long. */
export const WORDS = `${HTML} ${HIDDEN} ${LOOK_ALIKE} ${FLOOD}`

/** What it would never let in: shown as harmless all the same, should another way be found. */
export const WORST = `${WORDS} \u202egnp.exe\u2066 ${'\u0301'.repeat(2000)} ${'long '.repeat(1000)}${'x'.repeat(3000)}`

/** Members of answers that hold what an agent, a vendor or another person wrote. */
const FOREIGN =
  /^(purpose|ticket|tool|model|reason|reasons|message|identity|service|on_call|backups|authority|because|description|target|body|anchors|reach|unclaimed|browser|sub_agent|operation|arguments|facts|changes|policies)$/

/** An answer of the broker's with the worst in all of these. */
export function withTheWorst(value: unknown, foreign = false): unknown {
  if (typeof value === 'string') return foreign ? WORST : value
  if (Array.isArray(value)) return value.map((one) => withTheWorst(one, foreign))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      // What has members of its own is foreign only where all of it is.
      withTheWorst(inner, /^(facts|arguments)$/.test(name) || (FOREIGN.test(name) && !isObject(inner))),
    ]),
  )
}

const isObject = (value: unknown): boolean =>
  [value].flat().some((one) => typeof one === 'object' && one !== null)

/** Nothing that somebody wrote became a part of the page, turned or hid any of it, or grew over the lines around. */
export async function expectInert(page: Page, where: string): Promise<void> {
  const text = await page.evaluate<string>('document.title + document.body.innerText')
  // What stands before it, to find it by.
  expect(text.match(/.{0,60}(?:\p{Cf}|\u034f|\u3164)/gu) ?? [], `${where}: unseen marks`).toEqual([])
  expect(text.match(/.{0,60}\p{M}{5}/gu) ?? [], `${where}: piles of marks`).toEqual([])
  expect(await page.locator('img[src=x], [onerror]').count(), `${where}: elements`).toBe(0)
}
