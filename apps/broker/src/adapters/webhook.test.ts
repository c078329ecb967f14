import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, describe, expect, it } from 'vitest'
import type { Egress } from '../ports/egress.ts'
import { webhook } from './webhook.ts'
import { webhookProblems, webhookSettings } from './webhook-settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'credbroker-webhook-'))
afterAll(() => rmSync(directory, { recursive: true }))
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

function fileWith(text: string, mode = 0o400): string {
  const file = join(directory, `${Math.random()}`)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}
const settings = (file: string, url = 'https://hooks.example/in?a=1') => ({
  BROKER_WEBHOOK_URL: url,
  BROKER_WEBHOOK_SECRET_FILE: file,
})

describe('a webhook', () => {
  const sent: Parameters<Egress['send']>[] = []
  const egress = (status: number): Egress => ({
    async send(...order) {
      sent.push(order)
      return { status, headers: [], body: (async function* () {})() }
    },
  })
  const sender = (status = 204) => {
    const set = webhookSettings(settings(fileWith(`${secret}\n`)))
    if (!set) throw new Error('not set')
    return webhook({ ...set, egress: egress(status), clock: { now: () => new Date() } })
  }

  it('is signed so that anybody’s Standard Webhooks library knows it, and nothing else', async () => {
    const payload = JSON.stringify({ type: 'approval.asked' })
    await sender().send('msg_1', payload, new AbortController().signal)
    const [upstream, request] = sent.at(-1) ?? []
    expect(upstream).toEqual({ origin: 'https://hooks.example', credential: {} })
    expect(request).toMatchObject({ method: 'POST', target: '/in?a=1', body: payload })
    const headers = request?.headers ?? {}
    expect(new Webhook(secret).verify(payload, headers)).toEqual({ type: 'approval.asked' })
    expect(() => new Webhook(secret).verify(`${payload} `, headers)).toThrow()
    expect(() => new Webhook(secret).verify(payload, { ...headers, 'webhook-id': 'msg_2' })).toThrow()
  })

  it('that is not taken fails, a redirect too', async () => {
    for (const status of [301, 400, 500])
      await expect(sender(status).send('msg_1', '{}', new AbortController().signal)).rejects.toThrow(
        String(status),
      )
  })
})

describe('its settings', () => {
  it('are both there or none', () => {
    const none = {}
    expect(webhookProblems(none)).toEqual([])
    expect(webhookSettings(none)).toBeUndefined()
    expect(webhookProblems({ ...none, BROKER_WEBHOOK_URL: 'https://x.example' })).toMatchObject([
      { at: 'BROKER_WEBHOOK_SECRET_FILE' },
    ])
  })

  it('take no plain HTTP, and no password in the URL', () => {
    expect(() => webhookSettings(settings(fileWith(secret), 'http://127.0.0.1:9'))).toThrow('https')
    expect(() => webhookSettings(settings(fileWith(secret), 'https://a:b@x.example'))).toThrow('user')
  })

  it.each(['', 'whsec_', 'whsec_AAAA', Buffer.alloc(32).toString('base64'), `whsec_${'*'.repeat(44)}`])(
    'refuse the secret %j without repeating it',
    (text) => {
      expect(() => webhookSettings(settings(fileWith(text)))).toThrow('24 to 64 bytes')
    },
  )

  it('refuse a secret that others may read', () => {
    expect(() => webhookSettings(settings(fileWith(secret, 0o644)))).toThrow('chmod')
  })
})
