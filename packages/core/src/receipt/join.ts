import type { Receipt } from '../wire/receipts.ts'

/** The pages of one receipt, in their order, as one. What proves something beside the task's own records may be in several. */
export function joinReceipt(pages: readonly [Receipt, ...Receipt[]]): Receipt {
  const [{ summary: _, next_cursor: __, ...first }, ...rest] = pages
  const leaves = new Map(pages.flatMap((page) => page.leaves.map((leaf) => [leaf.index, leaf])))
  const recovery = new Map(pages.flatMap((page) => page.recovery.map((one) => [one.digest, one])))
  return {
    ...first,
    leaves: [...leaves.values()].sort((a, b) => a.index - b.index),
    answers: [first, ...rest].flatMap(({ answers }) => answers),
    questions: [first, ...rest].flatMap(({ questions }) => questions),
    recovery: [...recovery.values()],
  }
}
