import { credentialProcess } from './credential-process.ts'
import { docker } from './docker.ts'
import { execCredential } from './exec-credential.ts'
import { git } from './git.ts'
import type { Asked, Helper, HelperForm, Mint, Said } from './helper.ts'
import { env, url } from './text.ts'

const HELPERS: Readonly<Record<HelperForm, Helper>> = {
  'credential-process': credentialProcess,
  'exec-credential': execCredential,
  git,
  docker,
  url,
  env,
}

/** What is printed where nobody says how. */
const DEFAULTS = {
  aws: 'credential-process',
  postgres: 'url',
  github: 'env',
  kubernetes: 'exec-credential',
} as const satisfies Record<string, HelperForm>

/** Answers a tool in its own way. @throws BrokerApiError, BrokerUnreachableError, UsageError */
export async function answerTool(asked: Asked, mint: Mint): Promise<Said> {
  if (asked.form !== undefined) return await HELPERS[asked.form](asked, mint)
  const answer = await mint()
  return await HELPERS[DEFAULTS[answer.credential.form]](asked, async () => answer)
}
