const MOST_BYTES = 1024 * 1024

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Follows no redirect and reads no more than a megabyte, whoever answers. @throws Error for a longer body */
export const boundedFetch =
  (send: Fetch): ((url: string, init: object) => Promise<Response>) =>
  async (url, init) => {
    const response = await send(url, { ...init, redirect: 'manual' })
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of response.body ?? []) {
      size += part.byteLength
      if (size > MOST_BYTES) throw new Error('the answer is too long')
      parts.push(part)
    }
    const { status, headers } = response
    const empty = status === 204 || status === 304 || status < 200
    return new Response(empty ? null : Buffer.concat(parts), { status, headers })
  }
