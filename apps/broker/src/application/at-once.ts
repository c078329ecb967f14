/**
 * `work` for each item, at most `limit` at a time; answers in the order of the items. Where some fail, all others are
 * finished first, and the first failure in that order is thrown.
 */
export async function atOnce<Item, Answer>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const settled = new Array<PromiseSettledResult<Answer>>(items.length)
  const waiting = items.entries()
  const worker = async () => {
    for (const [at, item] of waiting) {
      settled[at] = await work(item).then(
        (value) => ({ status: 'fulfilled', value }),
        (reason: unknown) => ({ status: 'rejected', reason }),
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
