/** Runs `total` pieces of work with so many in flight. Answers how many were done per second. */
export async function ratePerSecond(
  total: number,
  inFlight: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const worker = async () => {
    while (next < total) await work(next++)
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (total * 1000) / (performance.now() - began)
}
