import type { Cli } from '../cli.ts'
import { printable } from '../render/printable.ts'

/** What is between us and the broker only. */
const OURS = /^(broker-.*|dpop-nonce|connection|keep-alive|transfer-encoding)$/

/** What of the head is the vendor's. */
export const passedOn = (response: Response): [string, string][] =>
  [...response.headers].filter(([name]) => !OURS.test(name))

/** As it came: what it is, is the vendor's business. */
export async function printBody({ outBytes }: Pick<Cli, 'outBytes'>, { body }: Response): Promise<void> {
  for await (const chunk of body ?? []) await outBytes(chunk)
}

export function printHead({ out }: Pick<Cli, 'out'>, response: Response): void {
  const lines = passedOn(response).map(([name, value]) => `${name}: ${printable(value)}\r\n`)
  out(`HTTP/1.1 ${response.status}\r\n${lines.join('')}\r\n`)
}

/** The answer as one document; a body that is no text as base64. */
export async function jsonOf(response: Response): Promise<object> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString()
  const body = Buffer.from(text).equals(bytes) ? { body: text } : { body_base64: bytes.toString('base64') }
  return { status: response.status, headers: Object.fromEntries(passedOn(response)), ...body }
}
