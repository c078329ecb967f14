/** What the page of the console must know of this broker before it can ask it anything. */
export interface PageFacts {
  readonly issuer: string
  readonly sso: boolean
}

/** Path under which the broker is reached, without a slash at its end: `` or `/broker`. */
const basePath = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, '')

/** The built page, with its addresses made absolute: it is served at every path of the console. */
export function fillIn(page: string, { issuer, sso }: PageFacts): string {
  const base = basePath(issuer)
  return page
    .replaceAll(/(src|href)="\.\//g, `$1="${base}/`)
    .replace('data-base=""', `data-base="${base}" data-sso="${sso}"`)
}

/** Served where the console was not built. */
export const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Credbroker</title>
<h1>The console is not built</h1>
<p>Run <code>npm run build</code> in the checkout, then start the broker again. The <code>broker</code> command and the API work without it.</p>
</html>
`

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'cache-control': 'no-store',
}
