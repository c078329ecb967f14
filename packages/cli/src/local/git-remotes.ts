import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Where `gh` looks first. */
const FIRST = ['upstream', 'github', 'origin']

/** URLs of the remotes of a directory's repository; none where it has no repository, or there is no git. */
export async function gitRemotes(cwd: string, path: string): Promise<string[]> {
  const asked = ['config', '--local', '--get-regexp', '^remote\\..*\\.url$']
  const options = { cwd, env: { PATH: path }, timeout: 5_000 }
  const { stdout } = await promisify(execFile)('git', asked, options).catch(() => ({ stdout: '' }))
  const remotes = stdout.split('\n').flatMap((line) => {
    const [, name, url] = /^remote\.(.+)\.url (.+)$/.exec(line) ?? []
    return name !== undefined && url !== undefined ? [{ name, url }] : []
  })
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)
  return remotes.toSorted((one, other) => rank(one.name) - rank(other.name)).map(({ url }) => url)
}
