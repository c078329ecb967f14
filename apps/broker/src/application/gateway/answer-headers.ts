type Header = readonly [name: string, value: string]

/** What a vendor may say in the head of its answer. Cookies, challenges and switches to other protocols are not among it. */
const PASSED: ReadonlySet<string> = new Set(['content-type', 'etag', 'last-modified', 'retry-after'])
const RATE = /^(x-)?ratelimit(-[a-z]{1,20}){0,3}$/
const PLAIN = /^[\t -~]{0,2048}$/

export interface HeadOptions {
  /** Of the vendor. */
  readonly origin: string
  /** What is before the vendor's paths at ours. */
  readonly prefix: string
  /** The request's own path, for links that are relative to it. */
  readonly target: string
  /** False for what carries a secret, in any form. */
  readonly clean: (text: string) => boolean
}

/** The head as the client gets it: an allow-list, and addresses only where they lead back through the gateway. */
export function answerHeaders(headers: readonly Header[], options: HeadOptions): Header[] {
  const known = headers.filter(([name, value]) => isKnown(name) && PLAIN.test(value))
  // One look at all of them, and at each only where there is something to find.
  const allClean = options.clean(known.map(([, value]) => value).join('\n'))
  return known.flatMap(([name, value]): readonly Header[] => {
    if (!allClean && !options.clean(value)) return []
    if (PASSED.has(name) || RATE.test(name)) return [[name, value]]
    if (name === 'x-request-id') return [['upstream-request-id', value]]
    if (name === 'location') return addressed(name, throughGateway(value, options))
    if (name === 'link') return addressed(name, links(value, options))
    return []
  })
}

const isKnown = (name: string): boolean =>
  PASSED.has(name) || RATE.test(name) || ['x-request-id', 'location', 'link'].includes(name)

const addressed = (name: string, value: string | undefined): Header[] =>
  value === undefined ? [] : [[name, value]]

function throughGateway(reference: string, { origin, prefix, target }: HeadOptions): string | undefined {
  const url = URL.parse(reference, `${origin}${target}`)
  if (!url || url.origin !== origin || url.username !== '' || url.password !== '') return undefined
  return `${prefix}${url.pathname}${url.search}`
}

/** RFC 8288, without what could hide another address in it. */
function links(value: string, options: HeadOptions): string | undefined {
  const parts = value.split(/,\s*(?=<)/).map((part) => {
    const [, reference = '', parameters = ''] =
      /^<([^<>]*)>((?:\s*;\s*[a-z]+="?[A-Za-z0-9 _-]*"?)*)$/.exec(part.trim()) ?? []
    const address = reference && throughGateway(reference, options)
    return address ? `<${address}>${parameters}` : undefined
  })
  return parts.every((part) => part !== undefined) ? parts.join(', ') : undefined
}
