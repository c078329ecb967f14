/** What changes nothing anywhere. Whatever is not here is crashed at: a new method covers itself. */
const READS =
  /[./](find|list|living|load|version|current|pending|newest|after|page|ofTask|proof|count|head|read|nodes?|hash(es)?|leaf|tiles?|lagSeconds|ping|byIdempotencyKey|accepts|checkRoot|checkSpec|canEndSessions|plan)$/

/** Every request proves its key, and any client may have to sign in first: they have steps of their own. */
const BY_THE_WAY = ['proofs.take', 'audit.append', 'ender.heartbeat']

/**
 * Where to crash, from the points that a clean run passed: after each thing that lasts. Before one is after the one
 * before it, and before the first nothing has happened.
 */
export function pointsOf(
  passed: readonly string[],
  { chores = false, skip = BY_THE_WAY }: { chores?: boolean; skip?: readonly string[] },
): string[] {
  const times = new Map<string, number>()
  for (const point of passed) {
    const name = point.slice('after:'.length)
    if (!point.startsWith('after:') || READS.test(name) || skip.includes(name)) continue
    if (name.startsWith('chore/') !== chores) continue
    times.set(name, (times.get(name) ?? 0) + 1)
  }
  return [...times].flatMap(([name, count]) => {
    const point = `after:${name}`
    return count > 1 && !chores ? [point, `${point}:2`] : [point]
  })
}
