// biome-ignore-all lint/suspicious/noTemplateCurlyInString: decoys are references of other languages
import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file with one secret in it. */
export interface Planted {
  readonly path: string
  readonly what: string
}

const from = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const ALNUM = UPPER + LOWER + DIGITS
const URLSAFE = `${ALNUM}_-`

const pem = (type: 'rsa' | 'ec') =>
  type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' })
const password = () => `${from(LOWER, 5)}${from(UPPER, 4)}${from(DIGITS, 3)}!${from(ALNUM, 4)}`
const github = () => `ghp_${from(ALNUM, 36)}`
const jwt = () =>
  `${Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub: from(LOWER, 12), iat: 1 })).toString('base64url')}.${from(URLSAFE, 86)}`

const TOKENS: Readonly<Record<string, () => string>> = {
  github,
  gitlab: () => `glpat-${from(URLSAFE, 20)}`,
  npm: () => `npm_${from(ALNUM, 36)}`,
  slack: () => `xoxb-${from(DIGITS, 12)}-${from(DIGITS, 12)}-${from(ALNUM, 24)}`,
  stripe: () => `sk_live_${from(ALNUM, 24)}`,
  google: () => `AIza${from(URLSAFE, 35)}`,
  anthropic: () => `sk-ant-api03-${from(URLSAFE, 93)}AA`,
  aws: () => `AKIA${from(`${UPPER}234567`, 16)}`,
  jwt,
  vault: () => `hvs.${from(URLSAFE, 24)}`,
  credbroker: () => `brk_enr_${from(URLSAFE, 43)}_${from('0123456789abcdef', 6)}`,
  sendgrid: () => `SG.${from(URLSAFE, 22)}.${from(URLSAFE, 43)}`,
  pypi: () => `pypi-AgEI${from(URLSAFE, 120)}`,
}

/** Files with one secret each: text, with `@` where it begins. */
const HIDES: readonly ((at: number) => { path: string; text: string; what: string })[] = [
  ...Object.entries(TOKENS).flatMap(([what, make]) => [
    (at: number) => ({
      what,
      path: `src/client-${what}-${at}.ts`,
      text: `import x from 'y'\n\nconst key = '${make()}'\n`,
    }),
    (at: number) => ({
      what,
      path: `docs/notes-${what}-${at}.md`,
      text: `# Notes\n\nuse ${make()} for now\n`,
    }),
    (at: number) => ({ what, path: `${what}${at}/.env`, text: `DEBUG=1\nAPI=${make()}\n` }),
  ]),
  (at) => ({
    what: 'split',
    path: `src/split${at}.js`,
    text: `const t = '${github().slice(0, 22)}' +\n  '${from(ALNUM, 18)}'\n`,
  }),
  (at) => ({
    what: 'split by a backslash',
    path: `run${at}.sh`,
    text: `#!/bin/sh\ncurl -H "x: ${github().slice(0, 20)}\\\n${from(ALNUM, 20)}"\n`,
  }),
  (at) => ({
    what: 'base64',
    path: `deploy/wrapped${at}.yaml`,
    text: `data:\n  key: ${Buffer.from(`token=${github()}`).toString('base64')}\n`,
  }),
  (at) => ({
    what: 'base64 of a token',
    path: `deploy/raw${at}.txt`,
    text: `\n${Buffer.from(github()).toString('base64')}\n`,
  }),
  (at) => ({ what: 'RSA key', path: `keys/rsa${at}.txt`, text: `hello\n${pem('rsa')}` }),
  (at) => ({ what: 'SEC1 key', path: `keys/ec${at}.pem`, text: String(pem('ec')) }),
  (at) => ({
    what: 'URL',
    path: `src/db${at}.py`,
    text: `DB = "postgres://app:${from(ALNUM, 16)}@db.internal:5432/shop"\n`,
  }),
  (at) => ({
    what: 'password',
    path: `config/app${at}.yaml`,
    text: `db:\n  host: db\n  password: ${password()}\n`,
  }),
  (at) => ({
    what: 'password in code',
    path: `src/login${at}.java`,
    text: `String dbPassword = "${password()}";\n`,
  }),
  (at) => ({
    what: 'secret in JSON',
    path: `config/s${at}.json`,
    text: `{\n  "client_secret": "${from(ALNUM, 32)}"\n}\n`,
  }),
  (at) => ({
    what: 'AWS secret',
    path: `aws${at}/credentials`,
    text: `[default]\naws_access_key_id = x\naws_secret_access_key = ${from(`${ALNUM}/+`, 40)}\n`,
  }),
  (at) => ({
    what: 'Railway token',
    path: `domains${at}/deploy.env`,
    text: `# RAILWAY\nRAILWAY_API_TOKEN=${randomUUID()}\n`,
  }),
  (at) => ({
    what: 'Railway token in a script',
    path: `tools/r${at}.sh`,
    text: `railway_token="${randomUUID()}"\n`,
  }),
  (at) => ({
    what: 'npmrc',
    path: `app${at}/.npmrc`,
    text: `//registry.local/:_authToken=${from(ALNUM, 30)}\n`,
  }),
  (at) => ({ what: 'pgpass', path: `home${at}/.pgpass`, text: `db:5432:*:app:${from(ALNUM, 14)}\n` }),
  (at) => ({
    what: 'netrc',
    path: `home${at}/.netrc`,
    text: `machine git.local login x password ${from(ALNUM, 14)}\n`,
  }),
  (at) => ({
    what: 'git-credentials',
    path: `home${at}/.git-credentials`,
    text: `https://me:${from(ALNUM, 20)}@git.local\n`,
  }),
  (at) => ({
    what: 'docker',
    path: `home${at}/.docker/config.json`,
    text: `{"auths": {"r.local": {"auth": "${Buffer.from(`u:${from(ALNUM, 16)}`).toString('base64')}"}}}\n`,
  }),
  (at) => ({
    what: 'MCP',
    path: `p${at}/.mcp.json`,
    text: `{"mcpServers": {"x": {"command": "x",\n "env": {"SERVICE_API_KEY": "${from(ALNUM, 28)}"}}}}\n`,
  }),
  (at) => ({
    what: 'history',
    path: `home${at}/.bash_history`,
    text: `ls\ncurl -H "Authorization: Bearer ${from(ALNUM, 40)}" https://api.local\n`,
  }),
  (at) => ({ what: 'tfvars', path: `tf${at}/prod.tfvars`, text: `db_password = "${password()}"\n` }),
]

/** What looks like a secret to whoever does not look twice. */
const DECOYS: readonly ((at: number) => { path: string; text: string })[] = [
  (at) => ({
    path: `src/login${at}.test.ts`,
    text: `const password = 'aB3${from(ALNUM, 12)}'\nconnect("postgres://u:${from(ALNUM, 12)}@127.0.0.1/db")\n`,
  }),
  (at) => ({
    path: `src/names${at}.ts`,
    text: "const tokenKind = 'scram-sha-256'\nconst secretName = 'orders-db.v2'\nconst url = `postgres://app:${password}@db/x`\n",
  }),
  (at) => ({
    path: `src/ids${at}.ts`,
    text: `export const orderId = '${randomUUID()}'\nconst volumeId = "${randomUUID()}"\n`,
  }),
  (at) => ({
    path: `src/hash${at}.ts`,
    text: `const integrity = 'sha512-${randomBytes(64).toString('base64')}'\nconst commit = '${randomBytes(20).toString('hex')}'\n`,
  }),
  (at) => ({
    path: `lock${at}/package-lock.json`,
    text: `{"packages": {"a": {"integrity": "sha512-${randomBytes(64).toString('base64')}"}}}\n`,
  }),
  (at) => ({
    path: `lock${at}/go.sum`,
    text: `example.com/x v1.2.3 h1:${randomBytes(32).toString('base64')}\n`,
  }),
  (at) => ({
    path: `app${at}/.env.example`,
    text: 'API_KEY=your-api-key-here\nPASSWORD=changeme\nTOKEN=<token>\nSECRET=${SECRET}\nDATABASE_URL=postgres://user:password@localhost/db\n',
  }),
  (at) => ({
    path: `ci${at}/deploy.yml`,
    text: 'env:\n  TOKEN: ${{ secrets.TOKEN }}\n  password: $DB_PASSWORD\n  key: {{ .Values.key }}\n',
  }),
  (at) => ({
    path: `keys/public${at}.pem`,
    text: String(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }),
    ),
  }),
  (at) => ({
    path: `src/use${at}.py`,
    text: 'password = os.environ["DB_PASSWORD"]\ntoken = get_token(request.user)\nsecret_name = "orders-db-secret"\n',
  }),
  (at) => ({
    path: `src/types${at}.ts`,
    text: 'interface Login { password: string; token?: string }\nconst tokenType = "Bearer"\nconst passwordField = "password-input"\n',
  }),
  (at) => ({
    path: `docs/aws${at}.md`,
    text: 'Set AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE and AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
  }),
  (at) => ({
    path: `assets/image${at}.svg`,
    text: `<image href="data:image/png;base64,${randomBytes(300).toString('base64')}"/>\n`,
  }),
  (at) => ({
    path: `locales/${at}.json`,
    text: '{"password": "Passwort", "token.expired": "Ihr Token ist abgelaufen", "secret": "Geheimnis"}\n',
  }),
  (at) => ({
    path: `src/style${at}.css`,
    text: '.password-field { color: #a1b2c3 }\n.api-key::before { content: "key" }\n',
  }),
  (at) => ({
    path: `src/etag${at}.go`,
    text: `const etag = "${randomBytes(16).toString('hex')}"\nvar cacheKey = "orders:list:v2"\n`,
  }),
  (at) => ({
    path: `test/fixture${at}.json`,
    text: `{"id": "${randomUUID()}", "checksum": "${randomBytes(32).toString('hex')}", "keyId": "2026-01"}\n`,
  }),
]

/** A workspace with every kind of secret and of decoy, different ones each time. */
export function plant(
  directory: string,
  rounds = 3,
): { readonly planted: readonly Planted[]; readonly decoys: number } {
  const write = (path: string, text: string) => {
    const file = join(directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const planted: Planted[] = []
  let decoys = 0
  for (let round = 0; round < rounds; round++) {
    for (const hide of HIDES) {
      const { path, text, what } = hide(round)
      write(path, text)
      planted.push({ path, what })
    }
    for (const decoy of DECOYS) {
      const { path, text } = decoy(round)
      write(path, text)
      decoys += text.trim().split('\n').length
    }
  }
  write('.gitignore', '.env\nhome*/\nbuild/\n')
  return { planted, decoys }
}
