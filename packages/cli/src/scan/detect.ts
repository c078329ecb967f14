import { loadEngine } from './engine.ts'
import { joinPieces } from './joined.ts'
import { firstOf, type Match, matchRules, matchSelfEvident } from './match.ts'
import { matchWrapped } from './wrapped.ts'

/** All secrets in a text, in its order. Two at one place are one. */
export type Detect = (text: string, path: string) => Promise<readonly Match[]>

export function createDetector(): Detect {
  let engine: ReturnType<typeof loadEngine> | undefined
  return async (text, path) => {
    const worthwhile = mayHold(text)
    if (worthwhile) engine ??= loadEngine()
    const lint = worthwhile ? await engine : undefined
    const matches = [
      ...matchRules(text, path),
      ...((await lint?.(text, path)) ?? []),
      ...matchPieced(text),
      ...matchWrapped(text, path),
    ]
    return firstOf(matches).sort((a, b) => a.from - b.from)
  }
}

/** Tokens are long and have digits, which most texts have nowhere in one word. To look costs a tenth of what the engine does. */
function mayHold(text: string): boolean {
  for (const [word] of text.matchAll(/[\w+/=-]{16,}/g)) if (/\d/.test(word)) return true
  return false
}

function matchPieced(text: string): Match[] {
  const joined = joinPieces(text)
  if (!joined) return []
  return matchSelfEvident(joined.text)
    .filter(({ from, to }) => joined.isPieced(from, to))
    .map((match) => ({
      ...match,
      title: `${match.title}, in pieces`,
      from: joined.origin(match.from),
      to: joined.origin(match.to - 1) + 1,
    }))
}
