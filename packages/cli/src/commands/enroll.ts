import { generateClientKey } from '@credbroker/core/client-key'
import { isOpaque } from '@credbroker/core/opaque'
import type { enrolmentAnswer } from '@credbroker/core/wire/admin'
import { systemIo } from '@credbroker/sdk/io'
import { Transport } from '@credbroker/sdk/transport'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { brokerUrl } from '../client.ts'
import { issuerOf } from '../local/issuer-of.ts'
import { readSecretFromStdin } from '../local/read-secret.ts'
import { loadProfile, type Profile, prepareProfile, profileName, saveProfile } from '../profile.ts'
import { answer } from '../render/answer.ts'
import { LocalError, UsageError } from '../usage-error.ts'

/** The key is made here and only its public half is sent: nobody, the broker included, ever sees the other one. */
export async function run(cli: Cli, options: { force?: boolean }): Promise<number> {
  const name = profileName(cli.env, cli.profile)
  const url = brokerUrl(cli)
  if (!options.force && (await loadProfile(cli.env, name)) !== undefined)
    throw new LocalError(`There is a profile \`${name}\` already.`, {
      advice: 'Choose another with --profile NAME, or replace it with --force.',
    })
  const token = (await readSecretFromStdin(cli, 'One-time token')).expose()
  if (!isOpaque('enr', token) && !isOpaque('set', token))
    throw new UsageError(
      'That is not an enrolment token, or it was not copied whole.',
      'It starts with brk_enr_ or brk_set_.',
    )
  await prepareProfile(cli.env, name)
  const key = generateClientKey()
  const io = { ...systemIo, fetch: cli.fetch, now: cli.now, random: cli.random }
  const issuer = await issuerOf(url, cli.fetch)
  const { principal, ends_at } = await new Transport(url, key, io).call<z.infer<typeof enrolmentAnswer>>({
    method: 'POST',
    path: '/v1/enrolments',
    body: { token, key: key.publicJwk },
  })
  await saveProfile(cli.env, name, {
    url,
    issuer,
    principal: principal as Profile['principal'],
    key: key.privateJwk,
    keyEndsAt: ends_at,
  })
  answer(
    cli,
    { profile: name, principal, url, key_ends_at: ends_at },
    () => `This machine is now ${principal} at ${url}, until ${ends_at} (profile ${name}).\n`,
  )
  return EXIT.ok
}
