/** How a server splits what was sent into a path and its parts. Servers differ; what we send must not. */
export type Reading = (target: string) => {
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

export const READINGS: Readonly<Record<string, Reading>> = {
  'by the URL standard': (target) => {
    const { pathname, searchParams } = new URL(target, 'https://api.example.com')
    return { segments: pathname.slice(1).split('/').map(decodeURIComponent), query: searchParams }
  },
  'decodes before it splits': (target) => {
    const [path = '', query = ''] = target.split('?')
    return { segments: decodeURIComponent(path).slice(1).split('/'), query: new URLSearchParams(query) }
  },
  'joins slashes, follows dots and drops parameters of segments': (target) => {
    const [path = '', query = ''] = target.split(/[?#]/)
    const segments: string[] = []
    for (const part of path.split(/[/\\]/)) {
      const plain = decodeURIComponent(part.replace(/;.*$/, ''))
      if (plain === '..') segments.pop()
      else if (plain !== '' && plain !== '.') segments.push(plain)
    }
    return { segments, query: new URLSearchParams(query.replaceAll(';', '&')) }
  },
}
