import type { Problem } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { readPrivateFile, refusal } from './keyring/private-file.ts'

export interface WebhookSettings {
  readonly url: URL
  readonly key: Secret
}

export interface WebhookNames {
  readonly BROKER_WEBHOOK_URL?: string | undefined
  readonly BROKER_WEBHOOK_SECRET_FILE?: string | undefined
}

const NEEDED = ['BROKER_WEBHOOK_URL', 'BROKER_WEBHOOK_SECRET_FILE'] as const

/** Both or none. */
export function webhookProblems(settings: WebhookNames): Problem[] {
  const missing = NEEDED.filter((name) => !settings[name])
  return missing.length === 1 ? missing.map((at) => ({ at, message: 'is needed for the webhook' })) : []
}

/** Undefined where there is none. @throws BrokerError `config_invalid` */
export function webhookSettings(settings: WebhookNames): WebhookSettings | undefined {
  const { BROKER_WEBHOOK_URL: text, BROKER_WEBHOOK_SECRET_FILE: file } = settings
  if (!text || !file) return undefined
  const url = URL.parse(text)
  if (url?.protocol !== 'https:') throw refusal('BROKER_WEBHOOK_URL', 'must be an https URL')
  if (url.username || url.password || url.hash)
    throw refusal('BROKER_WEBHOOK_URL', 'takes no user, password or fragment')
  const setting = 'BROKER_WEBHOOK_SECRET_FILE'
  const secret = readPrivateFile(setting, file, []).toString('utf8').trim()
  const [, key = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
  const bytes = Buffer.from(key, 'base64')
  if (bytes.toString('base64') !== key || bytes.length < 24 || bytes.length > 64)
    throw refusal(setting, 'must hold whsec_ and 24 to 64 bytes in base64')
  return { url, key: new Secret(key) }
}
