import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignatureV4 } from '@smithy/signature-v4'

/**
 * The few calls of STS and IAM that `aws-sts` makes, for machines without Python, and for vendors that lie. Signatures
 * and the end of sessions are checked; policies are kept and read back, and decide nothing: what they take away is
 * proven against {@link file://./moto.ts}.
 */
export interface StsEndpoint {
  readonly url: string
  /** Makes a user with one inline policy, and its key. */
  user(
    account: string,
    name: string,
    statements: readonly object[],
  ): { accessKeyId: string; secretAccessKey: string }
  /** Makes a role, and answers its ARN. */
  role(account: string, name: string): string
  /** What AWS was last asked by this name, as it came. */
  asked(action: string): URLSearchParams | undefined
  /** Bends the next answer to an action; without an answer the connection is cut, though the vendor has acted. */
  bend(action: string, change: (xml: string) => string | undefined): void
  setClockAhead(seconds: number): void
  stop(): Promise<void>
}

interface Identity {
  readonly account: string
  readonly arn: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly until?: number
}

interface Asked {
  readonly caller: Identity
  readonly parameters: URLSearchParams
}

export async function startStsEndpoint(): Promise<StsEndpoint> {
  const keys = new Map<string, Identity>()
  /** By ARN of the user or role, then by name. */
  const policies = new Map<string, Map<string, string>>()
  const last = new Map<string, URLSearchParams>()
  const bends = new Map<string, (xml: string) => string | undefined>()
  let aheadSeconds = 0
  const now = () => Date.now() + aheadSeconds * 1000

  const roleArn = (account: string, name: string | null) => `arn:aws:iam::${account}:role/${name}`
  const held = (arn: string): Map<string, string> => {
    const found = policies.get(arn)
    if (!found) throw new Refusal('NoSuchEntity', 404)
    return found
  }
  const members = (names: Iterable<string>) => [...names].map((each) => `<member>${each}</member>`).join('')
  const own = ({ caller, parameters }: Asked) =>
    held(`arn:aws:iam::${caller.account}:user/${parameters.get('UserName')}`)
  const ofRole = ({ caller, parameters }: Asked) => held(roleArn(caller.account, parameters.get('RoleName')))
  const document = (name: string | null, from: Map<string, string>): string => {
    const text = from.get(name ?? '')
    if (text === undefined) throw new Refusal('NoSuchEntity', 404)
    return `<PolicyName>${name}</PolicyName><PolicyDocument>${encodeURIComponent(text)}</PolicyDocument>`
  }

  function assumeRole({ caller, parameters }: Asked): string {
    const [, account = '', name = ''] =
      /^arn:aws:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(parameters.get('RoleArn') ?? '') ?? []
    held(parameters.get('RoleArn') ?? '')
    const seconds = Number(parameters.get('DurationSeconds'))
    if (seconds < 900 || seconds > (caller.sessionToken ? 3600 : 43_200)) throw new Refusal('ValidationError')
    const session = {
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/${parameters.get('RoleSessionName')}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(60).toString('base64'),
      until: now() + seconds * 1000,
    }
    const accessKeyId = newKeyId('ASIA')
    keys.set(accessKeyId, session)
    return (
      `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>` +
      `<SessionToken>${session.sessionToken}</SessionToken><Expiration>${new Date(session.until).toISOString()}</Expiration></Credentials>` +
      `<AssumedRoleUser><AssumedRoleId>AROATEST:${parameters.get('RoleSessionName')}</AssumedRoleId><Arn>${session.arn}</Arn></AssumedRoleUser>`
    )
  }

  const actions: Record<string, (asked: Asked) => string> = {
    GetCallerIdentity: ({ caller }) =>
      `<Arn>${caller.arn}</Arn><Account>${caller.account}</Account><UserId>AIDATEST</UserId>`,
    AssumeRole: assumeRole,
    ListUserPolicies: (asked) => `<PolicyNames>${members(own(asked).keys())}</PolicyNames>`,
    GetUserPolicy: (asked) => document(asked.parameters.get('PolicyName'), own(asked)),
    ListAttachedUserPolicies: () => '<AttachedPolicies/>',
    ListGroupsForUser: () => '<Groups/>',
    ListRoles: () => '<Roles/>',
    GetRole: (asked) => {
      ofRole(asked)
      return `<Role><Arn>${roleArn(asked.caller.account, asked.parameters.get('RoleName'))}</Arn></Role>`
    },
    ListRolePolicies: (asked) => `<PolicyNames>${members(ofRole(asked).keys())}</PolicyNames>`,
    GetRolePolicy: (asked) => document(asked.parameters.get('PolicyName'), ofRole(asked)),
    PutRolePolicy: (asked) => {
      ofRole(asked).set(
        asked.parameters.get('PolicyName') ?? '',
        asked.parameters.get('PolicyDocument') ?? '',
      )
      return ''
    },
    DeleteRolePolicy: (asked) => {
      if (!ofRole(asked).delete(asked.parameters.get('PolicyName') ?? ''))
        throw new Refusal('NoSuchEntity', 404)
      return ''
    },
  }

  const server = createServer(async (request, response) => {
    try {
      const body = await read(request)
      const caller = await authenticate(request, body, keys, now())
      const parameters = new URLSearchParams(body)
      const action = parameters.get('Action') ?? ''
      if (!Object.hasOwn(actions, action)) throw new Refusal('InvalidAction')
      last.set(action, parameters)
      const bend = bends.get(action)
      bends.delete(action)
      const xml = (actions[action] as (asked: Asked) => string)({ caller, parameters })
      const bent = bend ? bend(xml) : xml
      if (bent === undefined) request.socket.destroy()
      else
        response
          .setHeader('content-type', 'text/xml')
          .end(`<${action}Response><${action}Result>${bent}</${action}Result></${action}Response>`)
    } catch (error) {
      const { code, status } = error instanceof Refusal ? error : new Refusal('InternalFailure', 500)
      response.writeHead(status, { 'content-type': 'text/xml' })
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>refused</Message></Error></ErrorResponse>`,
      )
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user(account, name, statements) {
      const [accessKeyId, secretAccessKey] = [newKeyId('AKIA'), randomBytes(30).toString('base64')]
      const arn = `arn:aws:iam::${account}:user/${name}`
      keys.set(accessKeyId, { account, arn, secretAccessKey })
      policies.set(arn, new Map([['own', JSON.stringify({ Version: '2012-10-17', Statement: statements })]]))
      return { accessKeyId, secretAccessKey }
    },
    role(account, name) {
      policies.set(roleArn(account, name), new Map())
      return roleArn(account, name)
    },
    asked: (action) => last.get(action),
    bend: (action, change) => void bends.set(action, change),
    setClockAhead(seconds) {
      aheadSeconds = seconds
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

class Refusal extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, status = 403) {
    super(code)
    this.code = code
    this.status = status
  }
}

const newKeyId = (prefix: string): string =>
  prefix + randomBytes(16).reduce((text, byte) => text + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32], '')

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Signs the request again, as the caller of that key must have, and compares. */
async function authenticate(
  request: IncomingMessage,
  body: string,
  keys: ReadonlyMap<string, Identity>,
  now: number,
): Promise<Identity> {
  const authorization = request.headers.authorization ?? ''
  const [, keyId = '', region = '', service = '', signed = ''] =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/\d{8}\/([a-z0-9-]+)\/([a-z]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), /.exec(
      authorization,
    ) ?? []
  const caller = keys.get(keyId)
  if (!caller || !['host', 'x-amz-date'].every((name) => signed.split(';').includes(name)))
    throw new Refusal('InvalidClientTokenId')
  const claimed = request.headers['x-amz-content-sha256']
  if (claimed !== undefined && claimed !== createHash('sha256').update(body).digest('hex'))
    throw new Refusal('SignatureDoesNotMatch')
  const headers = Object.fromEntries(
    signed.split(';').map((name) => [name, String(request.headers[name] ?? '')]),
  )
  const signer = new SignatureV4({
    credentials: { accessKeyId: keyId, secretAccessKey: caller.secretAccessKey },
    region,
    service,
    sha256: Sha256,
    applyChecksum: false,
  })
  const [date = ''] = [headers['x-amz-date']]
  const again = await signer.sign(
    {
      method: request.method ?? '',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: request.url ?? '/',
      query: {},
      headers,
      body,
    },
    {
      signingDate: new Date(date.replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z')),
      signableHeaders: new Set(signed.split(';')),
      unsignableHeaders: new Set(),
    },
  )
  if (again.headers['authorization'] !== authorization) throw new Refusal('SignatureDoesNotMatch')
  if (request.headers['x-amz-security-token'] !== caller.sessionToken)
    throw new Refusal('InvalidClientTokenId')
  if (caller.until !== undefined && now >= caller.until) throw new Refusal('ExpiredToken')
  return caller
}

/** What the signer hashes with. */
class Sha256 {
  readonly #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    throw new Error('a hash is used once')
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return Buffer.from(data)
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}
