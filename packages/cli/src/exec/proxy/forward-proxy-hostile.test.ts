import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { basic, HOST, h2, type StartedProxy, startProxy, until } from '../../../test/proxy-fixture.ts'

let on: StartedProxy
beforeEach(async () => {
  on = await startProxy()
})
afterEach(async () => await on[Symbol.asyncDispose]())

describe('a hostile command', () => {
  it.each([
    ['no secret', ''],
    ['a wrong secret', basic('broker', 'brk_run_wrong')],
    ['another user', basic('other')],
    ['another scheme', `Proxy-Authorization: Bearer brk_run_secret\r\n`],
    ['an empty one', 'Proxy-Authorization: \r\n'],
  ])('gets nowhere with %s, and may try again on the same connection', async (_, headers) => {
    const { socket, answer } = await on.connectTo(`${HOST}:443`, headers)
    expect(answer).toMatch(/^HTTP\/1.1 407 [\s\S]*proxy-authenticate: Basic/)
    expect(answer).toContain('connection: keep-alive')
    socket.write(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n${basic()}\r\n`)
    expect(await until(socket, /200 Connection/)).toContain('HTTP/1.1 200 ')
  })

  it('may let curl find out by itself that the proxy wants a password', async () => {
    const text = await on.curl(
      '--proxy-anyauth',
      '-w',
      '%{num_connects}',
      '-o',
      '/dev/null',
      `https://${HOST}/`,
    )
    expect(text).toBe('1')
  })

  it.each([
    ['another host', 'example.com:443'],
    ['another port', `${HOST}:8443`],
    ['the metadata service', '169.254.169.254:80'],
    ['the metadata service by name of the operator', '169.254.169.254:443'],
    ['a loopback service', '127.0.0.1:22'],
    ['a private address behind a name', 'named.test:443'],
    ['a trailing dot', `${HOST}.:443`],
    ['no port', HOST],
    ['a path', `${HOST}:443/x`],
    ['a user', `me@${HOST}:443`],
  ])('does not reach %s', async (_, authority) => {
    const { answer } = await on.connectTo(authority)
    expect(answer).toMatch(/^HTTP\/1.1 (403|400) /)
    expect(on.calls).toEqual([])
  })

  it('does not reach the broker through it', async () => {
    const { host } = new URL(on.fake.url)
    expect((await on.connectTo(host)).answer).toMatch(/^HTTP\/1.1 403 /)
    await expect(on.curl('-f', `${on.fake.url}/v1/tasks`)).rejects.toThrow('403')
  })

  it('does not get another route of the broker by a path', async () => {
    const before = on.fake.calls.length
    const paths = ['/../../v1/credentials', '/%2e%2e/%2e%2e/v1/tasks', '/..%5c..%5cv1', '/..\\..\\v1/tasks']
    for (const path of paths) {
      const tls = await on.secured()
      tls.write(`POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 0\r\n\r\n`)
      const answer = await until(tls)
      expect(answer).toMatch(/^HTTP\/1.1 (400|200) /)
    }
    expect(on.fake.calls.slice(before).every((call) => call.includes('/gateway/first/'))).toBe(true)
  })

  it('cannot have a certificate of another name', async () => {
    await expect(on.secured('evil.test')).rejects.toThrow()
    await expect(on.secured('other.vendor.test')).rejects.toThrow()
  })

  it.each([
    ['another host of the run', 'other.vendor.test'],
    ['a foreign host', 'evil.test'],
    ['another port', `${HOST}:8443`],
    ['a user', `me@${HOST}`],
    ['nothing', ''],
  ])('cannot name %s inside the tunnel', async (_, host) => {
    const tls = await on.secured()
    tls.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect(await until(tls)).toMatch(/^HTTP\/1.1 4(21|00) /)
    const named = h2(await on.session(), { ':authority': host || 'evil.test' })
    expect(await named.catch(() => ({ status: 421 }))).toMatchObject({ status: 421 })
    expect(on.calls).toEqual([])
  })

  it.each([
    ['two hosts', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nHost: evil.test\r\n\r\n`],
    ['an absolute target', `GET https://evil.test/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    [
      'two lengths',
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['an upgrade', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
    ['a tunnel in the tunnel', `CONNECT evil.test:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['a body where none goes', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 2\r\n\r\nhi`],
    ['a bare line feed', `GET / HTTP/1.1\nHost: ${HOST}\nX: y\n\n`],
  ])('smuggles nothing with %s', async (_, text) => {
    const tls = await on.secured()
    tls.write(text)
    expect(await until(tls)).toMatch(/^(HTTP\/1.1 (400|421|501|405) |$)/)
    expect(on.calls).toEqual([])
  })

  it('cannot go out without TLS, or use the proxy as a server', async () => {
    await expect(on.curl('-f', `http://${HOST}/`)).rejects.toThrow('403')
    const socket = await on.raw()
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    expect(await until(socket)).toMatch(/^HTTP\/1.1 407 /)
  })

  it('is over with the run: nothing listens, and what was open is cut', async () => {
    const tls = await on.secured()
    const closed = new Promise((resolve) => tls.once('close', resolve))
    on.proxy.close()
    await closed
    await expect(on.curl(`https://${HOST}/`)).rejects.toThrow()
  })

  it.each(['the run', 'the command'])('ends while answers stream: %s', async (who) => {
    on.fake.gateway.settings.decide = () => ({ vendor: { status: 200, stream: endless() } })
    const client = await on.session()
    client.on('error', () => {})
    const streams = Array.from({ length: 8 }, (_, at) => client.request({ ':path': `/${at}` }))
    await Promise.all(
      streams.map((stream) => new Promise((resolve) => stream.on('error', () => {}).once('data', resolve))),
    )
    if (who === 'the run') on.proxy.close()
    else on.hangUp()
    await Promise.all(
      streams.map((stream) => stream.closed || new Promise((resolve) => stream.once('close', resolve))),
    )
  })
})

async function* endless() {
  for (;;) yield 'x'.repeat(65_536)
}
