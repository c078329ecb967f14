import { Secret } from '@credbroker/core/secret'

/** Makes a text from a kind fit for people: bounded, free of control and direction characters and of the root's secrets. */
export type Redact = (text: string) => string

// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the point
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/**
 * Vendors name tables, roles and functions, and a hostile one could name them after what it received.
 * Every `Secret` in `parts` is struck out, and so is every other text of 20 characters and more that is no host name.
 */
export function redactor(...parts: unknown[]): Redact {
  const hidden = new Set<string>()
  const walk = (value: unknown): void => {
    if (value instanceof Secret) hide(value.expose())
    else if (typeof value === 'string' && value.length >= 20 && !/^[a-z0-9.-]+$/i.test(value)) hide(value)
    else if (typeof value === 'object' && value !== null)
      for (const inner of Object.values(value)) walk(inner)
  }
  const hide = (text: string) => {
    if (text.length > 0) hidden.add(text).add(encodeURIComponent(text))
  }
  for (const part of parts) walk(part)
  const longestFirst = [...hidden].sort((a, b) => b.length - a.length)
  return (text) => {
    let seen = text
    for (const secret of longestFirst) seen = seen.replaceAll(secret, '[secret]')
    seen = seen.replace(UNSEEN, '\ufffd')
    return seen.length > 1000 ? `${seen.slice(0, 999)}…` : seen
  }
}
