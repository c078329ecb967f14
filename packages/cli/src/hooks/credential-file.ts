import { homedir } from 'node:os'
import { basename, relative, resolve } from 'node:path'
import type { Cli } from '../cli.ts'
import { HOME_CREDENTIALS } from '../sandbox/credential-paths.ts'

/** Files that hold credentials wherever they lie. */
const NAMES = [
  /^\.env(\.(?!example$|sample$|template$|dist$|schema$).+)?$/,
  /^\.(netrc|pgpass|pypirc|git-credentials|vault-token|htpasswd)$/,
  /^id_(rsa|dsa|ecdsa|ed25519)$/,
  /\.(pem|p12|pfx|keystore|jks|kdbx)$/,
]

/** Whether a file is one in which credentials are kept, by its place alone: it is not opened. */
export function isCredentialFile({ env, cwd }: Pick<Cli, 'env' | 'cwd'>, path: string): boolean {
  const home = env['HOME'] || homedir()
  const whole = resolve(cwd, path.replace(/^(~|\$HOME|\$\{HOME\})(?=\/|$)/, home))
  if (NAMES.some((name) => name.test(basename(whole)))) return true
  const below = relative(home, whole)
  return HOME_CREDENTIALS.some((place) => below === place || below.startsWith(`${place}/`))
}
