/**
 * What was entered as the credential of a root, as its provider's document: JSON, or a bare `postgres://` URL. Undefined for anything
 * else: what the parser says of it would quote it.
 */
export function rootCredential(text: string): object | string | undefined {
  const entered = text.trim()
  if (/^postgres(ql)?:\/\/\S+$/.test(entered)) return entered
  try {
    const value: unknown = JSON.parse(entered)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
