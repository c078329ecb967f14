import { writeFileSync } from 'node:fs'
import { constants } from 'node:http2'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOST, h2, run, type StartedProxy, startProxy, until } from '../../../test/proxy-fixture.ts'

let on: StartedProxy
beforeEach(async () => {
  on = await startProxy()
})
afterEach(async () => await on[Symbol.asyncDispose]())

describe('the forward proxy of a run', () => {
  it.each(['--http1.1', '--http2'])(
    'gives curl %s the vendor’s answer, and the vendor the call',
    async (version) => {
      const url = `https://${HOST}/a/b?c=d%20e`
      const text = await on.curl(version, '-w', '%{http_code} %{http_version}', url, '--data', 'body')
      expect(text).toBe(
        `{"method":"POST","target":"/a/b?c=d%20e","body":"body"}200 ${version === '--http2' ? '2' : '1.1'}`,
      )
      expect(on.calls).toMatchObject([{ scope: 'first', method: 'POST', target: '/a/b?c=d%20e' }])
    },
  )

  it('is used by Node’s own fetch', async () => {
    const script = `fetch('https://${HOST}/n', { method: 'PUT', body: 'x' }).then((r) => r.text()).then(console.log)`
    const { stdout } = await run(process.execPath, ['-e', script], {
      env: {
        NODE_USE_ENV_PROXY: '1',
        HTTPS_PROXY: on.proxy.url,
        NODE_EXTRA_CA_CERTS: on.ca,
        NODE_NO_WARNINGS: '1',
      },
    })
    expect(JSON.parse(stdout)).toMatchObject({ method: 'PUT', target: '/n', body: 'x' })
  })

  it('takes away what a tool says of who it is, and says so once where that is no placeholder', async () => {
    await on.curl(`https://${HOST}/`, '-H', 'Authorization: Bearer brk_placeholder', '-H', 'X-Own: kept')
    await on.curl(`https://${HOST}/`, '-u', 'git:brk_placeholder')
    expect(on.shown).toEqual([])
    const stray = ['-H', 'Cookie: a=stray', '-H', 'Broker-Approval: apr_stray', '-H', 'DPoP: stray']
    await on.curl(
      `https://${HOST}/`,
      '-u',
      'mia:ghp_stray',
      ...stray,
      '--http1.1',
      '-H',
      'Connection: X-Hop',
      '-H',
      'X-Hop: stray',
    )
    expect(on.shown).toEqual([HOST])
    expect(
      JSON.stringify(on.calls.map(({ headers: { authorization: _, dpop: __, ...rest } }) => rest)),
    ).not.toMatch(/stray|placeholder|brk_run/)
    expect(on.calls[0]?.headers['x-own']).toBe('kept')
  })

  it('unpacks what git packs, and not without end', async () => {
    writeFileSync(join(on.folder, 'packed'), gzipSync('0032want'))
    writeFileSync(join(on.folder, 'bomb'), gzipSync(Buffer.alloc(80 * 1024 * 1024)))
    const gzip = ['-H', 'Content-Encoding: gzip', '--data-binary']
    await on.curl(`https://${HOST}/`, ...gzip, `@${on.folder}/packed`)
    expect(on.calls[0]?.body.toString()).toBe('0032want')
    expect(on.calls[0]?.headers['content-encoding']).toBeUndefined()
    expect(await on.curl(`https://${HOST}/`, ...gzip, `@${on.folder}/bomb`)).toContain('unpacks to too much')
    expect(await on.curl(`https://${HOST}/`, '-H', 'Content-Encoding: br', '-d', 'x')).toContain(
      'plain or gzip',
    )
    expect(on.calls).toHaveLength(1)
  })

  it('asks the scopes of a host in their order, as far as one does not read the call', async () => {
    on.fake.gateway.settings.decide = ({ scope }) =>
      scope === 'first' ? 'call_refused' : { vendor: { status: 201, stream: 'second' } }
    expect(await on.curl(`https://${HOST}/`)).toBe('second')
    expect(on.calls.map(({ scope }) => scope)).toEqual(['first', 'second'])
    on.fake.gateway.settings.decide = ({ scope }) => (scope === 'first' ? 'denied' : 'call_refused')
    expect(JSON.parse(await on.curl(`https://${HOST}/`))).toMatchObject({ code: 'denied' })
    expect(on.calls).toHaveLength(3)
  })

  it('says why not in words that a tool shows, and never asks it for a password', async () => {
    on.fake.gateway.settings.decide = () => 'call_unresolved'
    const text = await on.curl('-i', '--http1.1', `https://${HOST}/`)
    expect(text).toMatch(/HTTP\/1.1 403 /)
    expect(text).not.toMatch(/www-authenticate/i)
    expect(JSON.parse(text.split('\r\n\r\n').at(-1) ?? '')).toMatchObject({
      code: 'call_unresolved',
      message: expect.stringContaining('[call_unresolved]'),
      error: expect.stringContaining('Check the ids'),
      todo: expect.any(String),
    })
    on.fake.gateway.settings.decide = () => ({
      vendor: {
        status: 401,
        stream: 'theirs',
        headers: { 'www-authenticate': 'Basic', 'set-cookie': 'a=b' },
      },
    })
    const theirs = await on.curl('-i', '--http1.1', `https://${HOST}/`)
    expect(theirs).toMatch(/HTTP\/1.1 401 [\s\S]*theirs$/)
    expect(theirs).not.toMatch(/www-authenticate|set-cookie|broker-answer/i)
  })

  it('streams events as they come, and cuts what the broker cuts', async () => {
    let step = (): void => {}
    const next = () => new Promise<void>((resolve) => (step = resolve))
    on.fake.gateway.settings.decide = () => ({
      vendor: {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        stream: (async function* () {
          yield 'data: 1\n\n'
          await next()
          throw new Error('cut')
        })(),
      },
    })
    const tls = await on.secured()
    tls.write(`GET /events HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    expect(await until(tls, /data: 1/)).toContain('text/event-stream')
    const rest = until(tls, /never/)
    step()
    expect(await rest).not.toContain('0\r\n\r\n')
  })

  it('carries a big answer whole, and many at once', { timeout: 60_000 }, async () => {
    const piece = 'x'.repeat(1024 * 1024)
    on.fake.gateway.settings.decide = ({ target }) => ({
      vendor: {
        status: 200,
        stream: (async function* () {
          for (let at = 0; at < 20; at++) yield piece
          yield target
        })(),
      },
    })
    const client = await on.session()
    const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => h2(client, { ':path': `/${at}` })))
    for (const [at, { text }] of answers.entries()) {
      expect(text.length).toBe(20 * piece.length + 2)
      expect(text.endsWith(`/${at}`)).toBe(true)
    }
  })
})

describe('a call that a person has to approve', () => {
  it('is held open until they have, and is sent again by itself', { timeout: 30_000 }, async () => {
    on.fake.gateway.settings.decide = (_, approved) =>
      approved ? { vendor: { status: 200, stream: 'deleted' } } : 'ask'
    on.hooks.whenAsked = ({ id }) =>
      Object.assign(on.fake.gateway.approvals.get(id) ?? {}, { state: 'approved' })
    expect(await on.curl('-X', 'DELETE', `https://${HOST}/volumes/1`)).toBe('deleted')
    expect(on.asked).toHaveLength(1)
  })

  const givenUp = (version: string) => async () => {
    const call = on.curl(version, '--max-time', '3', '-X', 'DELETE', `https://${HOST}/volumes/1`)
    await expect(call).rejects.toThrow()
  }
  const reset = async () => {
    const stream = (await on.session()).request({ ':method': 'DELETE', ':path': '/volumes/1' })
    stream.on('error', () => {})
    await expect.poll(() => on.asked.length).toBe(1)
    stream.close(constants.NGHTTP2_CANCEL)
  }
  it.each([
    ['curl --http1.1', givenUp('--http1.1')],
    ['curl --http2', givenUp('--http2')],
    ['a stream that is reset while its connection stays', reset],
  ])(
    'is not made for a tool that gave up, whenever they approve (I4): %s',
    {
      timeout: 30_000,
    },
    async (_, giveUp) => {
      on.fake.gateway.settings.decide = () => 'ask'
      await giveUp()
      expect(on.asked).toHaveLength(1)
      for (const approval of on.fake.gateway.approvals.values()) approval.state = 'approved'
      await sleep(3_000)
      expect(on.calls.filter(({ headers }) => 'broker-approval' in headers)).toEqual([])
    },
  )

  it('is the same question when the tool gave up and asks again', { timeout: 30_000 }, async () => {
    on.fake.gateway.settings.decide = (_, approved) =>
      approved ? { vendor: { status: 200, stream: 'deleted' } } : 'ask'
    await expect(on.curl('--max-time', '1', '-X', 'DELETE', `https://${HOST}/volumes/1`)).rejects.toThrow()
    on.hooks.whenAsked = ({ id }) =>
      Object.assign(on.fake.gateway.approvals.get(id) ?? {}, { state: 'approved' })
    expect(await on.curl('-X', 'DELETE', `https://${HOST}/volumes/1`)).toBe('deleted')
    expect(on.asked.length).toBeGreaterThan(0)
    expect(on.fake.gateway.approvals.size).toBe(1)
  })

  it('tells the tool when they said no', { timeout: 30_000 }, async () => {
    on.fake.gateway.settings.decide = () => 'ask'
    on.hooks.whenAsked = ({ id }) =>
      Object.assign(on.fake.gateway.approvals.get(id) ?? {}, { state: 'denied', reason: 'not on a Friday' })
    const said = JSON.parse(await on.curl('-X', 'DELETE', `https://${HOST}/volumes/1`))
    expect(said).toMatchObject({
      code: 'approval_denied',
      message: expect.stringContaining('not on a Friday'),
    })
  })
})
