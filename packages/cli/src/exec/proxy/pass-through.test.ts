import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { passThrough } from './pass-through.ts'

const resolve = async (host: string) =>
  ({
    'both.test': [{ address: '93.184.215.14' }, { address: '10.0.0.1' }],
    'inner.test': [{ address: '127.0.0.1' }],
    'meta.test': [{ address: '169.254.169.254' }],
    localhost: [{ address: '127.0.0.1' }],
  })[host] ?? []

const refusal = async (named: readonly string[], host: string, port = 443) =>
  await passThrough(named, resolve)
    .dial({ host, port })
    .then(
      () => 'dialled',
      (error: { refusal: { status: number; message: string } }) => error.refusal.message,
    )

describe('what passes without credentials', () => {
  it.each(['127.0.0.1', 'localhost'])('is a loopback server that was named itself: %s', async (host) => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = await passThrough([`${host}:${port}`], resolve).dial({ host, port })
    const [chunk] = await once(socket, 'data')
    expect(String(chunk)).toBe('hello')
    socket.destroy()
    server.close()
    expect(await refusal(['all', host], host, port)).toContain('no host of a scope')
  })

  it('is nothing that was not named', async () => {
    expect(await refusal([], 'public.test')).toContain('no host of a scope')
    expect(await refusal(['public.test:8443'], 'public.test')).toContain('no host of a scope')
    expect(await refusal(['all'], 'public.test', 22)).toContain('no host of a scope')
    expect(await refusal(['public.test'], 'sub.public.test')).toContain('no host of a scope')
  })

  it('is no private address behind a name, and no metadata service at all', async () => {
    for (const named of [
      ['all'],
      ['both.test', 'inner.test', 'meta.test', '169.254.169.254', 'fd00:ec2::254'],
    ]) {
      for (const host of ['both.test', 'inner.test', 'meta.test', '169.254.169.254'])
        expect(await refusal(named, host), host).toContain('loopback, private or metadata')
    }
    expect(await refusal(['[fd00:ec2::254]'], 'fd00:ec2::254')).toContain('metadata')
    expect(await refusal(['all'], 'none.test')).toContain('does not resolve')
  })
})
