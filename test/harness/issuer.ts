import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** What it answers under one path; anything but a handler is sent as JSON. */
type Answer = object | ((request: IncomingMessage, response: ServerResponse) => void)

export interface TestIssuer {
  /** Its `iss`, http on loopback. */
  readonly url: string
  readonly publicJwk: JWK & { kid: string }
  /** Signed by the published key. Members of `claims` that are undefined are left out. */
  token(
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>
  /** Replaces what is answered under a path of the issuer. */
  answer(path: string, answer: Answer): void
  /** Paths that were asked for, in order; every connection counts, also one without a request. */
  readonly requests: string[]
  readonly connections: () => number
  /** A new key under a new id instead of the published one. */
  rotate(): Promise<void>
  stop(): Promise<void>
}

export const DISCOVERY = '/.well-known/openid-configuration'
export const KEYS = '/keys'

/** An OpenID provider on loopback that signs whatever a test wants signed. */
export async function startTestIssuer(audience: string): Promise<TestIssuer> {
  const answers = new Map<string, Answer>()
  const requests: string[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const answer = answers.get(request.url ?? '')
    if (typeof answer === 'function') return answer(request, response)
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  server.on('connection', () => {
    connections++
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`

  let count = 0
  const newKey = async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const kid = `key-${++count}`
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } }
  }
  let key = await newKey()
  const publish = () => answers.set(KEYS, { keys: [key.jwk] })
  publish()
  answers.set(DISCOVERY, { issuer: url, jwks_uri: `${url}${KEYS}` })
  let issued = 0
  return {
    url,
    get publicJwk() {
      return key.jwk
    },
    token(claims, header = {}) {
      const now = Math.floor(Date.now() / 1000)
      const standard = { iss: url, aud: audience, sub: 'workload', iat: now, exp: now + 300 }
      return new SignJWT({ ...standard, jti: `${now}-${++issued}`, ...claims })
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.jwk.kid, ...header })
        .sign(key.privateKey)
    },
    answer: (path, answer) => void answers.set(path, answer),
    requests,
    connections: () => connections,
    async rotate() {
      key = await newKey()
      publish()
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As docs.github.com shows them, for a push to the main branch. */
export const githubClaims = (more: Readonly<Record<string, unknown>> = {}) => ({
  sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
  repository: 'octo-org/octo-repo',
  repository_id: '74',
  repository_owner: 'octo-org',
  repository_owner_id: '65',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  ref_protected: 'true',
  event_name: 'push',
  runner_environment: 'github-hosted',
  job_workflow_ref: 'octo-org/octo-repo/.github/workflows/ci.yml@refs/heads/main',
  run_id: '1234',
  ...more,
})
