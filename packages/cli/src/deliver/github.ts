import { chmodSync } from 'node:fs'
import { delimiter } from 'node:path'
import { formOf } from '@credbroker/sdk/form'
import { registryOf } from '../helpers/docker.ts'
import { guarded, quoted } from '../helpers/helper-program.ts'
import type { Deliverer, Leased, RunTools } from './delivery.ts'
import { defaultsOf, guessesOf } from './github-defaults.ts'
import { keepFresh } from './keep-fresh.ts'

/**
 * Git and docker ask a helper of this run at each operation; `gh` reads a file of this run, which is written anew with each
 * lease. No token is in a variable: there it could not be renewed.
 */
export const githubDelivery: Deliverer = {
  form: 'github',
  deliver: async (leased, run) => {
    const closed = { GH_CONFIG_DIR: run.files.path }
    const remotes = leased.length > 1 ? await run.remotes() : []
    const defaults = defaultsOf(leased, remotes)
    const [first] = defaults
    if (!first) return { env: closed, stop: () => {} }
    const { apiUrl, gitUrl } = formOf('github', first.lease)
    run.files.write('config.yml', 'version: "1"\nprompt: disabled\n')
    const logins = new Map(defaults.map(({ handle, lease }) => [handle.scope, lease]))
    const login = () => run.files.write('hosts.yml', ghHosts(logins))
    login()
    const stops = defaults.map(({ handle }) =>
      keepFresh(handle, run.io, (lease) => {
        logins.set(handle.scope, lease)
        login()
      }),
    )
    return {
      env: {
        ...closed,
        ...gitVariables(leased, run),
        ...dockerVariables(defaults, run),
        GITHUB_API_URL: apiUrl,
        GH_HOST: new URL(gitUrl).host,
      },
      guesses: guessesOf(leased, remotes),
      stop: () => {
        for (const stop of stops) stop()
      },
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

/** Docker finds helpers by their names on PATH, and which one by its configuration. */
function dockerVariables(
  defaults: readonly Leased[],
  { files, helper, path }: RunTools,
): Record<string, string> {
  const registries = defaults.flatMap(({ handle, lease }) => {
    const registry = registryOf(formOf('github', lease).gitUrl)
    return registry === undefined ? [] : [{ registry, scope: handle.scope }]
  })
  if (registries.length === 0) return {}
  const credHelpers = registries.map(({ registry, scope }, at) => {
    const name = at === 0 ? 'broker' : `broker-${at + 1}`
    const script = `#!/bin/sh\nexec ${quoted(helper.command(scope, 'docker'))} "$@"\n`
    chmodSync(files.write(`docker-credential-${name}`, script), 0o700)
    return [registry, name] as const
  })
  files.write('config.json', JSON.stringify({ credHelpers: Object.fromEntries(credHelpers) }))
  return { DOCKER_CONFIG: files.path, PATH: `${files.path}${delimiter}${path}` }
}

/** The account is called after the scope, so that `gh auth status` says which one it is. GitHub takes any name with a token. */
function ghHosts(logins: ReadonlyMap<string, Leased['lease']>): string {
  const hosts = [...logins].map(([scope, lease]) => {
    const { gitUrl, token } = formOf('github', lease)
    return [
      new URL(gitUrl).host,
      { oauth_token: token.expose(), user: scope, git_protocol: 'https' },
    ] as const
  })
  return `${JSON.stringify(Object.fromEntries(hosts))}\n`
}
