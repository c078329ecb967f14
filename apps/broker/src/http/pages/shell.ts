/** What a page consists of. Texts are ours: nothing that anybody sent goes into a page on the server. */
export interface Page {
  /** Selects what the script does: see apps/broker/pages/main.ts. */
  readonly page: string
  readonly title: string
  /** HTML, inside `<main>`. */
  readonly body: string
}

/** Path under which the broker is reached, without a slash at its end: `` or `/broker`. */
const basePath = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, '')

/** A whole page around a body: one script, one style sheet, both ours; everything else is forbidden by {@link PAGE_HEADERS}. */
export function renderPage({ page, title, body }: Page, issuer: string): string {
  const base = basePath(issuer)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Credbroker</title>
<link rel="stylesheet" href="${base}/pages/page.css">
<script type="module" src="${base}/pages/page.js"></script>
</head>
<body data-page="${page}" data-base="${base}">
<header><a href="${base}/login">Credbroker</a></header>
<main>
<h1 id="title">${title}</h1>
<noscript><p>This page needs JavaScript to talk to your passkey.</p></noscript>
<p id="problem" role="alert" hidden></p>
<p id="status" role="status" hidden></p>
${body}
</main>
</body>
</html>
`
}

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
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
