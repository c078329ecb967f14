import { execFileSync } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { needs } from '../../../../../test/harness/services.ts'
import { type Shop, startShop } from '../../../test/postgres-fixture.ts'
import { type Desk, deskOf } from '../../../test/postgres-provider.ts'

const untrusted = { code: 'vendor_refused', message: expect.stringContaining('certificate') }

const noOpenssl = await needs('openssl')

describe.skipIf(noOpenssl)(
  'I1 the root’s password goes to nobody but the server that `sslmode` means',
  () => {
    let shop: Shop
    let desk: Desk
    let folder: string
    let ca: string
    let stranger: string

    beforeAll(async () => {
      shop = (await startShop(18)) as Shop
      desk = deskOf(shop)
      folder = await mkdtemp(join(tmpdir(), 'credbroker-tls-'))
      ca = await certify('server', 'localhost')
      stranger = await certify('stranger', 'localhost')
      const data = join(shop.server.directory, 'data')
      const { uid, gid } = await stat(data)
      for (const [from, to] of [
        ['server.pem', 'server.crt'],
        ['server.key', 'server.key'],
      ] as const) {
        await writeFile(join(data, to), await readFile(join(folder, from)), { mode: 0o600 })
        await chown(join(data, to), uid, gid)
      }
      await shop.admin('ALTER SYSTEM SET ssl = on')
      await shop.admin('SELECT pg_reload_conf()')
      await new Promise((resolve) => setTimeout(resolve, 300))
    })
    afterAll(async () => {
      await shop.close()
      await rm(folder, { recursive: true, force: true })
    })

    async function certify(name: string, host: string): Promise<string> {
      const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)]
      const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
      const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
      execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' })
      return readFile(join(folder, `${name}.pem`), 'utf8')
    }

    const reach = async (change: object) =>
      (await desk.provider.inspect(asRoot({ ...shop.root, host: 'localhost', ...change }))).reach

    it('`verify-full` with the right authority connects and mints over TLS', async () => {
      expect(await reach({ sslmode: 'verify-full', ca })).toEqual([shop.anchor('orders')])
      const secure = deskOf(shop, { ...shop.root, host: 'localhost', sslmode: 'verify-full', ca })
      const lease = await secure.mint({ template: 'read-only' })
      expect(await secure.revoke(lease.name)).toEqual({ credentialDead: true, sessionsDead: true })
    })

    it('`verify-full` refuses another authority, a missing one and another name', async () => {
      await expect(reach({ sslmode: 'verify-full', ca: stranger })).rejects.toMatchObject(untrusted)
      await expect(reach({ sslmode: 'verify-full' })).rejects.toMatchObject(untrusted)
      await expect(reach({ sslmode: 'verify-full', ca, host: '127.0.0.1' })).rejects.toMatchObject(untrusted)
    })

    it('`verify-ca` leaves the name alone but not the authority; `require` checks neither', async () => {
      expect(await reach({ sslmode: 'verify-ca', ca, host: '127.0.0.1' })).toHaveLength(1)
      await expect(reach({ sslmode: 'verify-ca', ca: stranger })).rejects.toMatchObject(untrusted)
      expect(await reach({ sslmode: 'require' })).toHaveLength(1)
    })

    it('someone in between who asks for the password in clear, or as MD5, gets neither it nor a hash of it', async () => {
      for (const method of [3, 5]) {
        const heard: Buffer[] = []
        const thief = await listen((socket) => {
          socket.on('error', () => {})
          socket.on('data', (chunk) => heard.push(Buffer.from(chunk)))
          const request = Buffer.alloc(method === 5 ? 13 : 9)
          request.write('R')
          request.writeUInt32BE(request.length - 1, 1)
          request.writeUInt32BE(method, 5)
          socket.write(request.subarray(0, 4))
          setTimeout(() => socket.write(request.subarray(4)), 20)
        })
        const { port } = thief.address() as { port: number }
        const tricked = desk.provider.assess(asRoot({ ...shop.root, port }), { template: 'read-only' })
        await expect(tricked).rejects.toMatchObject({ code: 'vendor_refused' })
        const text = Buffer.concat(heard).toString('latin1')
        expect(text).toContain('broker_root')
        expect(text).not.toContain(String(shop.root['password']))
        expect(text).not.toMatch(/p\0\0\0|md5/)
        await new Promise((resolve) => thief.close(resolve))
      }
    })

    const listen = (each: Parameters<typeof createServer>[1]): Promise<Server> =>
      new Promise((resolve) => {
        const server = createServer(each as (socket: import('node:net').Socket) => void)
        server.listen(0, '127.0.0.1', () => resolve(server))
      })
  },
)
