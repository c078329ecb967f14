import type { RequestOptions } from 'node:http'
import type { Io } from '@credbroker/sdk/io'
import { Agent, request } from '../local/node-http.ts'

const agent = new Agent({ keepAlive: true })

/** What the SDK needs of `fetch`, on `node:http`; anything but http on loopback is left to Node's own. Redirects are errors. */
export const leanFetch: Io['fetch'] = async (url, init) => {
  if (!url.startsWith('http:')) return await globalThis.fetch(url, init)
  const { method, headers, body, signal } = init
  const options: RequestOptions = { agent, method, headers, signal }
  return await new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const status = response.statusCode ?? 0
        if (status >= 300 && status < 400) return reject(new Error('redirected'))
        const text = Buffer.concat(chunks).toString()
        resolve({
          status,
          headers: { get: (name) => first(response.headers[name.toLowerCase()]) },
          text: async () => text,
        })
      })
    })
    call.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    call.end(body)
  })
}

const first = (value: string | string[] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null
