import { type Match, matchRules } from './match.ts'

const RUN = /[A-Za-z0-9+/_-]{24,65536}={0,2}/g
const PRINTABLE = /^[\t\n\r\x20-\x7e]+$/

/** Secrets in texts that somebody wrapped in base64, once. They stand where the wrapping begins. */
export function matchWrapped(text: string, path: string): Match[] {
  const matches: Match[] = []
  for (const run of text.matchAll(RUN)) {
    // A token is no wrapping, and few runs of letters decode to a text.
    const inner = Buffer.from(run[0], 'base64').toString('latin1')
    if (inner.length < 16 || !PRINTABLE.test(inner)) continue
    for (const match of matchRules(inner, path))
      matches.push({
        ...match,
        title: `${match.title}, in base64`,
        from: run.index,
        to: run.index + run[0].length,
      })
  }
  return matches
}
