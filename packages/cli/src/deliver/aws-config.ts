import type { AwsCredential } from '@credbroker/core/credential'

export interface AwsProfile {
  readonly scope: string
  readonly credential: AwsCredential
  /** The helper that asks the run for it. */
  readonly command: readonly string[]
}

/**
 * An AWS configuration file with a profile per scope, `aws --profile s3-reports …`, and the first one's region as the
 * default. There is one container endpoint variable but several scopes, so a profile asks by a command. @throws Error for a value that the format cannot carry
 */
export function awsConfigFile(profiles: readonly AwsProfile[]): string {
  const [first] = profiles
  if (!first) return ''
  const sections = profiles.map(({ scope, credential, command }) => [
    `[profile ${scope}]`,
    ...settings(credential),
    `credential_process = ${command.map((word) => `"${word}"`).join(' ')}`,
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
