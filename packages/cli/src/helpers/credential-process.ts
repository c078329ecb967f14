import { fits } from './fits.ts'
import { type Helper, said } from './helper.ts'

/** `credential_process` of the AWS SDKs and CLI. @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
export const credentialProcess: Helper = async (_asked, mint) => {
  const answer = await mint()
  const aws = fits(answer, 'aws', 'credential-process')
  const document = {
    Version: 1,
    AccessKeyId: aws.access_key_id,
    SecretAccessKey: aws.secret_access_key,
    SessionToken: aws.session_token,
    Expiration: answer.expires_at,
  }
  return said(`${JSON.stringify(document)}\n`)
}
