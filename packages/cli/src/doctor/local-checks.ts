import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cli } from '../cli.ts'
import { gitTreeOf } from '../local/git-tree.ts'
import { stateDirectory } from '../local/state-directory.ts'
import { loadProfile, profileDirectory, profileName } from '../profile.ts'
import type { Finding } from './diagnosis.ts'
import { checkSandbox, checkService } from './sandbox-checks.ts'

type Here = Pick<Cli, 'env' | 'profile'>

/** What this machine alone shows. */
export async function checkMachine(cli: Here): Promise<Finding[]> {
  const shared = await checkSameUser(cli)
  return [
    ...(await checkProfiles(cli)),
    ...shared,
    ...(await checkSandbox(shared.length > 0)),
    ...checkService(),
  ]
}

async function checkProfiles({ env }: Here): Promise<Finding[]> {
  const directory = profileDirectory(env)
  const names = await readdir(directory).catch(() => undefined)
  if (names === undefined) return []
  const paths = [directory, ...names.map((name) => join(directory, name))]
  const findings = await Promise.all(paths.map(checkMode))
  const tree = await gitTreeOf(directory)
  if (tree !== undefined)
    findings.push({
      level: 'danger',
      code: 'profile-in-git',
      message: `${directory} lies inside the git work tree ${tree}.`,
      todo: 'Set XDG_CONFIG_HOME to a directory outside of it, and enrol again: the keys may have been committed.',
    })
  return findings.filter((finding) => finding !== undefined)
}

async function checkMode(path: string): Promise<Finding | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || (found.mode & 0o077) === 0) return undefined
  return {
    level: 'danger',
    code: 'profile-mode',
    message: `${path} is open to other users (mode ${(found.mode & 0o777).toString(8)}).`,
    todo: `chmod go= '${path}', then enrol again: whoever could read the key may have it.`,
  }
}

/** The guarantees hold where agent and broker share no operating-system user (the head of the threat model). */
async function checkSameUser(cli: Here): Promise<Finding[]> {
  const profile = await loadProfile(cli.env, profileName(cli.env, cli.profile)).catch(() => undefined)
  const directories = new Set([stateDirectory(cli.env), ...(profile?.stateDir ? [profile.stateDir] : [])])
  const findings = await Promise.all([...directories].map(checkState))
  return findings.filter((finding) => finding !== undefined)
}

async function checkState(directory: string): Promise<Finding | undefined> {
  const found = await stat(directory).catch(() => undefined)
  if (found === undefined || found.uid !== process.getuid?.()) return undefined
  return {
    level: 'warning',
    code: 'same-user',
    message: `The broker’s state in ${directory} belongs to the user who runs this. An agent of the same user can read its keys.`,
    todo: 'Good for trying out. For work, run the broker as a user of its own (`broker service install`), or agents with `broker exec --sandbox`.',
  }
}
