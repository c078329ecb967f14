import type { AwsCredential } from '@credbroker/core/credential'

export interface AwsProfile {
  readonly scope: string
  readonly credential: AwsCredential
  /** Where the loopback endpoint serves it. */
  readonly url: string
}

/**
 * An AWS configuration file with a profile per scope, `aws --profile s3-reports …`, and the first one's region as the
 * default. There is one container endpoint variable but several scopes, so a profile asks the same endpoint by a
 * command. @throws Error for a value that the format cannot carry
 */
export function awsConfigFile(
  profiles: readonly AwsProfile[],
  helper: { node: string; script: string },
): string {
  const [first] = profiles
  if (!first) return ''
  const sections = profiles.map(({ scope, credential, url }) => [
    `[profile ${scope}]`,
    ...settings(credential),
    `credential_process = "${helper.node}" "${helper.script}" ${url}`,
  ])
  const lines = [['[default]', ...settings(first.credential)], ...sections].flat()
  if (lines.some((line) => CONTROL.test(line))) throw new Error('an AWS setting has control characters')
  return `${lines.join('\n')}\n`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line end inside a value would start another line
const CONTROL = /[\u0000-\u001f\u007f]/

const settings = ({ region, endpointUrl }: AwsCredential): string[] => [
  `region = ${region}`,
  ...(endpointUrl === undefined ? [] : [`endpoint_url = ${endpointUrl}`]),
]

/** What the profiles' `credential_process` runs: asks the endpoint with the run's secret, which is in the environment. */
export const CREDENTIAL_PROCESS = `import { get } from 'node:http'
const headers = { authorization: process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN ?? '' }
const failed = (why) => {
  process.stderr.write(\`credbroker: \${why}\\n\`)
  process.exitCode = 1
}
get(process.argv[2], { headers }, (response) => {
  let text = ''
  response.on('data', (chunk) => {
    text += chunk
  })
  response.on('end', () => {
    if (response.statusCode === 200) process.stdout.write(text)
    else failed(JSON.parse(text).message)
  })
}).on('error', () => failed('the run these credentials belong to has ended'))
`
