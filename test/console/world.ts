import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { type ApiWorld, startApiWorld } from '../gateway/world.ts'
import { startBrowser, type TestBrowser, type TestWindow } from '../harness/browser.ts'
import { pagesOf, setupToken } from '../harness/person.ts'
import { problemsOf } from './axe.ts'

/** Who sits at a console: the first administrator, and the two people of the configuration. */
export const PEOPLE = ['admin', 'mia', 'noa'] as const
export type PersonName = (typeof PEOPLE)[number]

/** A broker with work going on in it, and people before its console. */
export interface ConsoleWorld {
  readonly api: ApiWorld
  /** The address of a page. */
  at(path: string): string
  readonly people: Readonly<Record<PersonName, TestWindow>>
  /** Another window of somebody; signed in where they are. */
  another(person: PersonName, path: string): Promise<TestWindow>
  /** Goes there and waits until the page has read what it shows. */
  visit(person: PersonName, path: string): Promise<TestWindow>
  stop(): Promise<void>
}

export async function startConsoleWorld(): Promise<ConsoleWorld> {
  await using starting = new AsyncDisposableStack()
  const api = starting.adopt(await startApiWorld(), (world) => world.stop())
  const browser = starting.adopt(await startBrowser(), (one) => one.close())
  const at = (path: string) => pagesOf(api.broker) + path
  // All are invited before one of them could approve: from then on an invitation takes an approval (I4c).
  const codes = new Map<PersonName, string>()
  for (const person of PEOPLE) codes.set(person, await setupToken(api.broker, person))
  const enter = async (person: PersonName) => setUpIn(browser, at(`/setup#${codes.get(person)}`), person)
  const people = { admin: await enter('admin'), mia: await enter('mia'), noa: await enter('noa') }
  const keep = starting.move()
  return {
    api,
    at,
    people,
    another: (person, path) => browser.open(at(path), person),
    async visit(person, path) {
      const window = people[person]
      await window.page.goto(at(path))
      await settled(window)
      return window
    },
    stop: () => keep.disposeAsync(),
  }
}

async function setUpIn(browser: TestBrowser, link: string, person: PersonName): Promise<TestWindow> {
  const window = await browser.open(link, person)
  await window.page.getByRole('button', { name: 'Create a passkey' }).click()
  await window.page.getByRole('button', { name: 'I have kept them' }).click()
  await window.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  return window
}

/** Nothing is being read any more. */
export async function settled({ page }: TestWindow): Promise<void> {
  await page.locator('h1').first().waitFor()
  const busy = page.locator('main .mantine-Loader-root')
  await vi.waitUntil(async () => (await busy.count()) === 0, { timeout: 20_000, interval: 50 })
}

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const
/** Each width and each theme once; all four where pictures are taken. */
const LOOKS = [
  ['wide', 'light'],
  ['narrow', 'dark'],
] as const
const ALL_LOOKS = [...LOOKS, ['wide', 'dark'], ['narrow', 'light']] as const

/**
 * What every page owes: no serious finding of axe, nothing wider than the screen, and no complaint of the browser, at both widths and
 * in both themes. With `PICTURES` set, it is also kept as pictures there.
 */
export async function expectGoodPage(window: TestWindow, name: string): Promise<void> {
  const { page } = window
  const pictures = process.env['PICTURES']
  if (pictures) await mkdir(pictures, { recursive: true })
  for (const [width, theme] of pictures ? ALL_LOOKS : LOOKS) {
    const size = SIZES[width]
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await settled(window)
    expect(await problemsOf(page), `${name}, ${width}, ${theme}`).toEqual([])
    const scroll = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(scroll, `${name} scrolls sideways at ${size.width}`).toBeLessThanOrEqual(size.width)
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${theme}.png`) })
  }
  await page.setViewportSize(SIZES.wide)
  expect(complaintsOf(window), `${name}: complaints of the browser`).toEqual([])
}

/** What a page waits for, or asks a passkey for, is refused at first; the browser notes that as well. */
export const complaintsOf = ({ complaints }: TestWindow): string[] =>
  complaints.filter((text) => !/status of 40[39]/.test(text))
