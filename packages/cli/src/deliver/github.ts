import { chmodSync } from 'node:fs'
import { delimiter } from 'node:path'
import { formOf } from '@credbroker/sdk/form'
import { registryOf } from '../helpers/docker.ts'
import { guarded, quoted } from '../helpers/helper-program.ts'
import type { Deliverer, Leased, RunTools } from './delivery.ts'
import { keepFresh } from './keep-fresh.ts'

/**
 * Git and docker ask a helper of this run at each operation; `gh` reads a file of this run, which is written anew with each
 * lease. No token is in a variable: there it could not be renewed.
 */
export const githubDelivery: Deliverer = {
  form: 'github',
  deliver: async (leased, run) => {
    const closed = { GH_CONFIG_DIR: run.files.path }
    const [first] = leased
    if (!first) return { env: closed, stop: () => {} }
    const { apiUrl, gitUrl } = formOf('github', first.lease)
    run.files.write('config.yml', 'version: "1"\nprompt: disabled\n')
    const login = (lease: Leased['lease']) => run.files.write('hosts.yml', ghHosts(lease))
    login(first.lease)
    return {
      env: {
        ...closed,
        ...gitVariables(leased, run),
        ...dockerVariables(first, gitUrl, run),
        GITHUB_API_URL: apiUrl,
        GH_HOST: new URL(gitUrl).host,
      },
      stop: keepFresh(first.handle, run.io, login),
    }
  },
}

/** Each scope has a helper of its own, which knows its repositories; git tells them which one it is about, and asks them in turn. */
function gitVariables(leased: readonly Leased[], { helper }: RunTools): Record<string, string> {
  const hosts = new Set(leased.map(({ lease }) => formOf('github', lease).gitUrl))
  const settings = [...hosts].flatMap((gitUrl) => [
    // An empty one takes away those of this machine, for this host and for no other.
    [`credential.${gitUrl}.helper`, ''],
    [`credential.${gitUrl}.useHttpPath`, 'true'],
  ])
  for (const { handle, lease } of leased)
    settings.push([
      `credential.${formOf('github', lease).gitUrl}.helper`,
      guarded(helper.command(handle.scope, 'git')),
    ])
  return {
    ...Object.fromEntries(
      settings.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
    GIT_CONFIG_COUNT: String(settings.length),
    // Where no helper answers, git fails: nobody is there to be asked.
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
  }
}

const DOCKER = 'docker-credential-broker'

/** Docker finds helpers by their names on PATH, and which one by its configuration. */
function dockerVariables(
  { handle }: Leased,
  gitUrl: string,
  { files, helper, path }: RunTools,
): Record<string, string> {
  const registry = registryOf(gitUrl)
  if (registry === undefined) return {}
  const script = `#!/bin/sh\nexec ${quoted(helper.command(handle.scope, 'docker'))} "$@"\n`
  chmodSync(files.write(DOCKER, script), 0o700)
  files.write('config.json', JSON.stringify({ credHelpers: { [registry]: 'broker' } }))
  return { DOCKER_CONFIG: files.path, PATH: `${files.path}${delimiter}${path}` }
}

function ghHosts(lease: Leased['lease']): string {
  const { gitUrl, token } = formOf('github', lease)
  const login = { oauth_token: token.expose(), user: 'x-access-token', git_protocol: 'https' }
  return `${JSON.stringify({ [new URL(gitUrl).host]: login })}\n`
}
