/** What a piece of Cedar is, to be coloured by. */
export type TokenKind = 'keyword' | 'annotation' | 'string' | 'comment' | 'type' | 'plain'
export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

/** One pattern for each kind, tried in this order at each place (docs.cedarpolicy.com, policy syntax). */
const PATTERN =
  /(?<comment>\/\/[^\n]*)|(?<string>"(?:[^"\\\n]|\\.)*"?)|(?<annotation>@[A-Za-z_]\w*)|(?<type>[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*(?=::"))|(?<keyword>\b(?:permit|forbid|when|unless|principal|action|resource|context|in|has|like|is|if|then|else|true|false)\b)|(?<plain>\w+|\s+|[^\w\s])/g

/** Cedar cut into pieces; together they are exactly the text. */
export function cedarTokens(text: string): Token[] {
  const tokens: { kind: TokenKind; text: string }[] = []
  for (const { groups = {}, 0: piece } of text.matchAll(PATTERN)) {
    const kind = (Object.keys(groups).find((name) => groups[name] !== undefined) ?? 'plain') as TokenKind
    const last = tokens.at(-1)
    if (last?.kind === kind && kind === 'plain') last.text += piece
    else tokens.push({ kind, text: piece })
  }
  return tokens
}
