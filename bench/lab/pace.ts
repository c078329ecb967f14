/**
 * Begins `total` pieces of work at an even pace, whether or not those before have ended, and answers how long each took,
 * in milliseconds, from when it was due: work that has to wait for its turn is late, not excused.
 */
export async function latenciesAt(
  perSecond: number,
  total: number,
  work: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const began = performance.now()
  const due = (index: number) => began + (index * 1000) / perSecond
  const latencies: Promise<number>[] = []
  while (latencies.length < total) {
    while (latencies.length < total && due(latencies.length) <= performance.now()) {
      const at = due(latencies.length)
      latencies.push(work(latencies.length).then(() => performance.now() - at))
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return await Promise.all(latencies)
}
