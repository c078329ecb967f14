import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateClientKey } from '@credbroker/core/client-key'
import { Secret } from '@credbroker/core/secret'
import type { whoami } from '@credbroker/core/wire/admin'
import { BrokerApiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import { systemIo } from '@credbroker/sdk/io'
import { Transport } from '@credbroker/sdk/transport'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { brokerUrl } from '../client.ts'
import { issuerOf } from '../local/issuer-of.ts'
import { loadProfile, type Profile, prepareProfile, profileName, saveProfile } from '../profile.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'
import { LocalError } from '../usage-error.ts'

const CLIENT = 'broker-cli'

interface Waiting {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly expires_in: number
  readonly interval?: number
}

/**
 * The device flow (RFC 8628). It opens nothing by itself: the person goes to the page of a broker they know, and types
 * the code. What they confirm is a key that was made here and stays here.
 */
export async function run(cli: Cli, options: { force?: boolean }): Promise<number> {
  const name = profileName(cli.env, cli.profile)
  const earlier = await loadProfile(cli.env, name)
  // One that is over can only be replaced.
  if (earlier && !options.force && Date.parse(earlier.keyEndsAt) > cli.now().getTime())
    throw new LocalError(`There is a profile \`${name}\` already.`, {
      advice: 'Choose another with --profile NAME, or replace it with --force.',
    })
  // Nobody is to confirm what then cannot be kept.
  await prepareProfile(cli.env, name)
  const url = brokerUrl(cli, earlier)
  const issuer = await issuerOf(url, cli.fetch)
  const key = generateClientKey()
  const io = { ...systemIo, fetch: cli.fetch, now: cli.now, random: cli.random }
  const transport = new Transport(url, key, io)
  const host = hostname().slice(0, 100)
  const waiting = await transport.call<Waiting>({
    method: 'POST',
    path: '/oauth/device_authorization',
    body: new URLSearchParams({ client_id: CLIENT, ...(host && { host }) }),
  })
  const { verification_uri: page, user_code: code } = waiting
  const text = `Open ${page} in a browser and type this code:\n\n    ${code}\n\nIts page shows the key ${key.thumbprint}.\nWaiting, for ten minutes at most …\n`
  cli.err(printable(text))
  const token = await poll(cli, transport, waiting)
  const who = await transport.call<z.infer<typeof whoami>>({ method: 'GET', path: '/v1/whoami', token })
  const keyEndsAt = who.key_ends_at
  if (keyEndsAt === undefined) throw new LocalError('The broker did not say how long this login lasts.')
  const principal = who.principal as Profile['principal']
  await saveProfile(cli.env, name, { url, issuer, principal, key: key.privateJwk, keyEndsAt })
  answer(
    cli,
    { profile: name, principal, url, key_ends_at: keyEndsAt },
    () => `This machine is now ${principal} at ${url}, until ${keyEndsAt} (profile ${name}).\n`,
  )
  return EXIT.ok
}

/** Until somebody answered. @throws BrokerApiError `denied`, `expired_token`; LocalError when nobody did */
async function poll(cli: Cli, transport: Transport, waiting: Waiting): Promise<Secret> {
  const end = cli.now().getTime() + waiting.expires_in * 1000
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: waiting.device_code,
    client_id: CLIENT,
  })
  let seconds = waiting.interval ?? 5
  while (cli.now().getTime() < end) {
    await sleep(seconds * 1000)
    try {
      const { access_token: token } = await transport.call<{ access_token: string }>({
        method: 'POST',
        path: '/oauth/token',
        body,
      })
      return new Secret(token)
    } catch (error) {
      // RFC 8628 §3.5: a broker that does not answer is asked less often, too.
      if (isCode(error, 'slow_down') || error instanceof BrokerUnreachableError) seconds += 5
      else if (!isCode(error, 'authorization_pending')) throw error
    }
  }
  throw new LocalError('Nobody confirmed this login in time.', { advice: 'Begin again: broker login' })
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof BrokerApiError && error.code === code
