import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { releaseOf } from '../../packages/connectors/test/npm-release.ts'
import { certify } from './authority.ts'

/** A real registry of npm packages over HTTPS on loopback. Nobody reads or writes there without the token. */
export interface Registry {
  /** `https://localhost:4711` */
  readonly origin: string
  readonly host: string
  readonly caFile: string
  /** For brokers that are to trust it. */
  readonly env: Readonly<Record<string, string>>
  /** The root credential: a user's own token. */
  readonly token: string
  readonly user: string
  /** Every request that came, `PUT /@acme%2fapp`, since {@link Registry.forget}. */
  readonly hits: readonly string[]
  forget(): void
  /** As the user, past the broker. */
  ask(method: string, target: string, body?: unknown): Promise<Response>
  /** Publishes a version, past the broker. */
  seed(manifest: Parameters<typeof releaseOf>[0]): Promise<void>
  /** The versions of a package; empty where there is none. */
  versions(name: string): Promise<string[]>
  stop(): Promise<void>
}

const USER = 'acme-bot'

export async function startVerdaccio(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-verdaccio-'))
  const certificate = await certify()
  const settings = join(folder, 'config.yaml')
  await writeFile(settings, JSON.stringify(configuration(folder)))
  const verdaccio: Server = await runServer(settings)
  const hits: string[] = []
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    hits.push(`${request.method} ${request.url}`)
    verdaccio.emit('request', request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const origin = `https://${host}`

  const inside = verdaccio.listen(0, '127.0.0.1')
  await once(inside, 'listening')
  const direct = `http://127.0.0.1:${(inside.address() as AddressInfo).port}`
  const json = { 'content-type': 'application/json' }
  const user = await fetch(`${direct}/-/user/org.couchdb.user:${USER}`, {
    method: 'PUT',
    headers: json,
    body: JSON.stringify({ name: USER, password: 'correct horse battery staple' }),
  })
  const { token } = (await user.json()) as { token: string }
  const ask = (method: string, target: string, body?: unknown) =>
    fetch(`${direct}${target}`, {
      method,
      headers: { ...json, authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })

  return {
    origin,
    host,
    caFile: certificate.caFile,
    env: { BROKER_UPSTREAM_CA_FILE: certificate.caFile },
    token,
    user: USER,
    hits,
    forget: () => void hits.splice(0),
    ask,
    async seed(manifest) {
      const { status } = await ask('PUT', `/${manifest.name.replace('/', '%2f')}`, releaseOf(manifest))
      if (status !== 201) throw new Error(`Verdaccio answered ${status}`)
    },
    async versions(name) {
      const answer = await ask('GET', `/${name.replace('/', '%2f')}`)
      if (answer.status === 404) return []
      return Object.keys(((await answer.json()) as { versions: object }).versions)
    },
    async stop() {
      server.closeAllConnections()
      inside.closeAllConnections()
      await Promise.all([server, inside].map((one) => new Promise((stopped) => one.close(stopped))))
      await certificate.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** No other registry is asked, and nothing can be had without a token. */
const configuration = (folder: string) => ({
  storage: join(folder, 'storage'),
  auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
  uplinks: {},
  packages: { '**': { access: '$authenticated', publish: '$authenticated', unpublish: '$authenticated' } },
  web: { enable: false },
  max_body_size: '20mb',
  log: { type: 'stdout', format: 'json', level: 'fatal' },
})
