import type { Match } from '../scan/match.ts'
import { overlap, type PastedKey } from './pasted-keys.ts'

/** What comes in place of a part of a text. */
export interface Mask {
  readonly from: number
  readonly to: number
  readonly content: string
}

/** The name of the place instead of what lay there: nothing of the value, its length neither. */
export const maskOf = ({
  name,
  in: place,
  from,
  to,
}: Pick<PastedKey, 'name' | 'in' | 'from' | 'to'>): Mask => ({
  from,
  to,
  content: JSON.stringify(place === 'env' || place === 'headers' ? `<${name}>` : '<key>'),
})

/** Every secret of a text: the keys of servers, and what a scan finds besides. */
export const masksOf = (keys: readonly PastedKey[], matches: readonly Match[]): Mask[] => [
  ...keys.map(maskOf),
  ...matches
    .filter((match) => !keys.some((key) => overlap(match, key)))
    .map(({ from, to }) => ({ from, to, content: '<secret>' })),
]

/** From the last on, so that the places of the others stay. */
export const masked = (text: string, masks: readonly Mask[]): string =>
  masks
    .toSorted((one, other) => other.from - one.from)
    .reduce((now, { from, to, content }) => now.slice(0, from) + content + now.slice(to), text)
