import { fits } from './fits.ts'
import { type Helper, said } from './helper.ts'

/**
 * A credential helper of git, for the host and the repositories of the scope. It says when the token ends, and of others nothing, so
 * that git goes on to ask who knows them. `store` and `erase` are what git says after each use: there is nothing to keep or to lose.
 *
 * @see https://git-scm.com/docs/git-credential
 */
export const git: Helper = async ({ action = 'get', input = '' }, mint) => {
  const asked = attributes(input)
  if (action !== 'get' || asked.get('protocol') !== 'https') return said('')
  const answer = await mint()
  const { token, git_url, repositories } = fits(answer, 'github', 'git')
  if (asked.get('host') !== new URL(git_url).host || !opens(repositories, asked.get('path'))) return said('')
  const ends = Math.floor(Date.parse(answer.expires_at) / 1000)
  return said(`username=x-access-token\npassword=${token}\npassword_expiry_utc=${ends}\n`)
}

/** GitHub reads names without regard to case. Below a repository is its large file storage; without a path nobody says which one. */
export function opens(repositories: readonly string[], path: string | undefined): boolean {
  const [owner = '', name = ''] = (path ?? '').toLowerCase().replace(/^\/+/, '').split('/')
  const asked = `${owner}/${name.replace(/\.git$/, '')}`
  return path === undefined || repositories.some((each) => each.toLowerCase() === asked)
}

function attributes(input: string): ReadonlyMap<string, string> {
  const lines = input.split('\n').map((line) => line.split('=', 2) as [string, string | undefined])
  return new Map(lines.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}
