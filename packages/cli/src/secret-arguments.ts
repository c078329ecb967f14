import { UsageError } from './usage-error.ts'

/** Kinds of secrets that are told by their form alone. Names of public ids (AKIA…) are not among them. */
const SECRETS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a URL with a password', /\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a token of this broker', /\bbrk_[a-z]{3}_[A-Za-z0-9_-]{20,}/],
  ['a JSON Web Token', /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/],
  ['a GitHub token', /\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{30,}/],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{10,}/],
  ['an API key', /\b(?:[sr]k_(?:live|test)_\w{16,}|sk-(?:ant|proj)-[\w-]{20,})/],
  [
    'a password or key',
    /(?:password|passwd|secret|token|api[-_]?key|secret[-_]?access[-_]?key)(?:=|["']\s*:\s*["'])\S{8,}/i,
  ],
  ['an AWS secret key', /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9/+]{40}$/],
]

/**
 * An argument is visible to every process of the machine and stays in the shell's history, so it is too late for
 * this one; better to say so than to carry on. What follows `--` belongs to another program.
 *
 * @throws UsageError naming the position, never the value
 */
export function refuseSecretArguments(args: readonly string[]): void {
  const end = args.indexOf('--')
  const ours = end < 0 ? args : args.slice(0, end)
  ours.forEach((argument, index) => {
    const kind = SECRETS.find(([, pattern]) => pattern.test(argument))?.[0]
    if (kind === undefined) return
    throw new UsageError(
      `Argument ${index + 1} looks like ${kind}. Arguments are visible to every process on this machine.`,
      'Give it on standard input or with --secret-file, and replace it at the vendor: it is in your shell history.',
    )
  })
}
