import { fits } from './fits.ts'
import { type Helper, said } from './helper.ts'

const GROUP = 'client.authentication.k8s.io'

/** An exec plugin of kubectl. @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
export const execCredential: Helper = async ({ info }, mint) => {
  const answer = await mint()
  const { token } = fits(answer, 'kubernetes', 'exec-credential')
  const document = {
    apiVersion: versionOf(info),
    kind: 'ExecCredential',
    status: { token, expirationTimestamp: answer.expires_at },
  }
  return said(`${JSON.stringify(document)}\n`)
}

/** It takes no other version than the one that its configuration says. */
function versionOf(info: string | undefined): string {
  const asked = /"apiVersion"\s*:\s*"client\.authentication\.k8s\.io\/(v1|v1beta1)"/.exec(info ?? '')?.[1]
  return `${GROUP}/${asked ?? 'v1'}`
}
