import { z } from 'zod'
import { passedOn } from '../call/print.ts'

/** More than a model reads; what is left out is said. */
const MOST_BYTES = 256 * 1024

export const vendorAnswer = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  encoding: z.enum(['text', 'base64']),
  truncated: z.boolean(),
})

/** What a vendor said, no further than {@link MOST_BYTES}: the rest is not fetched. */
export async function readAnswer(response: Response): Promise<z.infer<typeof vendorAnswer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size > MOST_BYTES) break
  }
  const bytes = Buffer.concat(chunks).subarray(0, MOST_BYTES)
  const truncated = size > MOST_BYTES
  const text = textOf(bytes, truncated)
  return {
    status: response.status,
    headers: Object.fromEntries(passedOn(response)),
    ...(text === undefined
      ? { body: bytes.toString('base64'), encoding: 'base64' }
      : { body: text, encoding: 'text' }),
    truncated,
  }
}

/** Undefined where it is no UTF-8. A cut may go through a character: `stream` leaves that one out. */
function textOf(bytes: Uint8Array, truncated: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: truncated })
  } catch {
    return undefined
  }
}
