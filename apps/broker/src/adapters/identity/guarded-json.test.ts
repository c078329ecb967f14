import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { guardedJson, MAX_BYTES } from './guarded-json.ts'

const LINE = 'x'.repeat(1024)
let server: Server
let url: string
let requests: string[] = []
let answer: (response: ServerResponse) => void
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const get = (with_ = answer, timeoutMs = 5000) => {
  requests = []
  answer = with_
  return guardedJson({ allowPrivate: true, timeoutMs })(url)
}
const unavailable = (message: string) => ({ code: 'vendor_unavailable', message })

it('reads a document', async () => {
  expect(await get((response) => response.end('{"keys":[]}'))).toEqual({ keys: [] })
})

it('follows no redirect', async () => {
  const moved = get((response) => response.writeHead(302, { location: `${url}elsewhere` }).end())
  await expect(moved).rejects.toMatchObject(unavailable('The issuer answered with another status than 200'))
  expect(requests).toEqual(['/'])
})

it('GHSA-75r6-6jg8-pfcq: stops reading what is too long, declared or not', async () => {
  const endless = get((response) => {
    const more = () => {
      let room = true
      while (room && !response.destroyed) room = response.write(LINE)
    }
    response.on('drain', more)
    more()
  })
  await expect(endless).rejects.toMatchObject(unavailable('The issuer’s document is over 100 KiB'))
  const declared = get((response) => response.end(JSON.stringify('x'.repeat(MAX_BYTES))))
  await expect(declared).rejects.toMatchObject(unavailable('The issuer’s document is over 100 KiB'))
})

it.each<[string, (response: ServerResponse) => void]>([
  ['says nothing', () => {}],
  ['says its name and nothing more', (response) => void response.writeHead(200).write('{')],
])('does not wait for one that %s', async (_, slow) => {
  await expect(get(slow, 100)).rejects.toMatchObject({ code: 'vendor_unavailable' })
})

it('says nothing of what it read', async () => {
  const error: Error = await get((response) => response.end('{ sesame')).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  )
  expect(`${error.message}${error.cause}${error.stack}`).not.toContain('sesame')
})

it.each([
  ['https://127.0.0.1:9/', 'loopback'],
  ['https://[::1]:9/', 'loopback'],
  ['https://169.254.169.254/latest/meta-data', 'the metadata service'],
  ['https://10.0.0.1/', 'a private network'],
  ['https://localhost:9/', 'a name for loopback'],
])('connects to no private address: %s, %s', async (private_) => {
  const refused = guardedJson({ allowPrivate: false, timeoutMs: 5000 })(private_)
  await expect(refused).rejects.toThrow('loopback or private address')
})

it('speaks http with nobody but loopback, and that only where private upstreams are allowed', async () => {
  requests = []
  await expect(guardedJson({ allowPrivate: false, timeoutMs: 5000 })(url)).rejects.toThrow('https only')
  await expect(guardedJson({ allowPrivate: true, timeoutMs: 5000 })('http://192.0.2.1/')).rejects.toThrow(
    'https only',
  )
  expect(requests).toEqual([])
})
