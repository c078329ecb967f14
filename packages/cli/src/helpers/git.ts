import { fits } from './fits.ts'
import { type Asked, type Helper, said } from './helper.ts'

/**
 * A credential helper of git, for the one host of the scope. It says when the token ends, and of other hosts nothing, so that git
 * goes on to ask who knows them. `store` and `erase` are what git says after each use: there is nothing to keep or to lose.
 *
 * @see https://git-scm.com/docs/git-credential
 */
export const git: Helper = async ({ action = 'get', input = '' }, mint) => {
  const asked = attributes(input)
  if (action !== 'get' || asked.get('protocol') !== 'https') return said('')
  const answer = await mint()
  const { token, git_url } = fits(answer, 'github', 'git')
  if (asked.get('host') !== new URL(git_url).host) return said('')
  const ends = Math.floor(Date.parse(answer.expires_at) / 1000)
  return said(`username=x-access-token\npassword=${token}\npassword_expiry_utc=${ends}\n`)
}

function attributes(input: string): ReadonlyMap<string, string> {
  const lines = input.split('\n').map((line) => line.split('=', 2) as [string, string | undefined])
  return new Map(lines.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}

/** Git asks nobody else, and no terminal, where the broker has refused. */
export const gitRefused = ({ action = 'get' }: Asked): string => (action === 'get' ? 'quit=1\n' : '')
