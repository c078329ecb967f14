/** One segment of a template: written out, or a parameter. */
export type Segment = { readonly is: string } | { readonly parameter: string }

/** `/v1/orders/{order}`. Undefined where it is none. */
export function parseTemplate(text: string): readonly Segment[] | undefined {
  if (!/^(\/([A-Za-z0-9._~@-]{1,128}|\{[a-z][A-Za-z0-9]{0,31}\})){1,16}$/.test(text)) return undefined
  const segments = text
    .slice(1)
    .split('/')
    .map((part) => (part.startsWith('{') ? { parameter: part.slice(1, -1) } : { is: part }))
  const names = parametersOf(segments)
  if (new Set(names).size !== names.length) return undefined
  return segments.some((part) => 'is' in part && /^\.{1,2}$/.test(part.is)) ? undefined : segments
}

export const parametersOf = (template: readonly Segment[]): string[] =>
  template.flatMap((part) => ('parameter' in part ? [part.parameter] : []))

/** The parameters of a path that the template fits, by name. */
export function matchTemplate(
  template: readonly Segment[],
  segments: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (template.length !== segments.length) return undefined
  const found = new Map<string, string>()
  for (const [index, part] of template.entries()) {
    const segment = segments[index] as string
    if ('parameter' in part) found.set(part.parameter, segment)
    else if (part.is !== segment) return undefined
  }
  return found
}

/** -1: `a` is the more specific · 1: `b` is · 0: a path may fit both and neither is · undefined: none fits both. */
export function compareTemplates(a: readonly Segment[], b: readonly Segment[]): -1 | 0 | 1 | undefined {
  if (a.length !== b.length) return undefined
  let more = 0
  let less = 0
  for (const [index, part] of a.entries()) {
    const other = b[index] as Segment
    if ('is' in part && 'is' in other) {
      if (part.is !== other.is) return undefined
    } else if ('is' in part) more += 1
    else if ('is' in other) less += 1
  }
  return more > 0 && less === 0 ? -1 : less > 0 && more === 0 ? 1 : 0
}
