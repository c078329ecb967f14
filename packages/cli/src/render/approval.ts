import type { Asked } from '../approved.ts'
import { printable } from './printable.ts'

/** What somebody reads whose command waits. */
export const waitingText = ({ id, url }: Asked): string =>
  `Nothing is changed before a person approves it${url === undefined ? '' : `: ${printable(url)}`}\nWaiting for ${printable(id)} …\n`
