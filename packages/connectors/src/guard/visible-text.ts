import { Secret } from '@credbroker/core/secret'
import type { AnyConnector } from '../connector.ts'

/** Makes a text fit for people: bounded, free of control and direction characters and of the root's secrets. */
export type Visible = (text: string) => string

// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the point
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g
const LONGEST = 1000

/** Vendors name projects and people, and a hostile one could name them after what it received. */
export const visibleText =
  (connector: Pick<AnyConnector, 'redact'>, secrets: readonly Secret[]): Visible =>
  (text) => {
    const redactor = connector.redact(secrets)
    const bytes = Buffer.concat([redactor.write(Buffer.from(text)), redactor.end()])
    const seen = bytes.toString('utf8').replace(UNSEEN, '\ufffd')
    return seen.length > LONGEST ? `${seen.slice(0, LONGEST - 1)}…` : seen
  }

/** Every secret in a parsed root or in what is sent with it. */
export function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : []
}
