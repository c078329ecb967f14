import type { FillRandom } from '@credbroker/core/ids'

/** The size of an id. What is longer may be a key, and comes from the system each time. */
const SMALL = 16

/**
 * Randomness for ids, drawn from the system in blocks: starting one task takes eight ids. No byte is given out twice,
 * and none stays here after it was.
 */
export function randomPool(fill: FillRandom, blockBytes = 4096): FillRandom {
  const block = new Uint8Array(blockBytes)
  let used = blockBytes
  return (bytes) => {
    if (bytes.length > SMALL) return fill(bytes)
    if (used + bytes.length > blockBytes) {
      fill(block)
      used = 0
    }
    const end = used + bytes.length
    bytes.set(block.subarray(used, end))
    block.fill(0, used, end)
    used = end
    return bytes
  }
}
