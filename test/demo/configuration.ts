import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RailwayProcess } from '../harness/railway/process.ts'
import type { Stage } from './stage.ts'

const list = (anchors: readonly string[]) => anchors.map((id) => `{ vendor: postgres, id: ${id} }`).join(', ')

const at = ({ ids }: RailwayProcess, environment: 'staging' | 'production') =>
  `{ vendor: railway, id: ${ids.project}/${ids[environment]} }`

/** Generous again: what holds is that each call is looked at. */
const RAILWAY_OPERATIONS = [
  ...['query.environment', 'query.project', 'query.variables', 'deploymentRestart'],
  ...['volumeDelete', 'volumeInstanceBackupDelete', 'environmentPatchCommit', 'environmentStageChanges'],
  'environmentDelete',
]

/**
 * What the operator declares. Production is `standard` here, so that the broker could lend it at all: `protected`, which it
 * would be by itself, gives nothing to anybody before there is an approver.
 */
const broker = ({ staging, production, railway, broker: { home } }: Stage): string => `version: 1
environments:
  staging: { tier: standard, anchors: [${list(staging.anchors)}, ${at(railway, 'staging')}] }
  production: { tier: standard, anchors: [${list(production.anchors)}, ${at(railway, 'production')}] }
users:
  mia: { roles: [operator, viewer] }
  ada: { roles: [approver] }
teams:
  payments: {}
agents:
  fixer: { owner: mia, teams: [payments] }
  oncall: { owner: mia }
roots:
  staging-orders: { provider: postgres-role, environment: staging, owner: mia, secret: "file:${home}/staging.url" }
  production-orders: { provider: postgres-role, environment: production, owner: mia, secret: "file:${home}/production.url" }
  railway-account: { provider: railway, owner: mia, secret: "file:${home}/railway.json" }
scopes:
  orders-rw: { root: staging-orders, environment: staging, maxTtl: 30m, allow: { template: read-write } }
  orders-delete: { root: staging-orders, environment: staging, maxTtl: 30m, allow: { template: read-write-delete } }
  orders-live-ro: { root: production-orders, environment: production, maxTtl: 30m, allow: { template: read-only } }
  railway-staging:
    root: railway-account
    environment: staging
    maxTtl: 30m
    allow: { projects: [${railway.ids.project}], operations: [${RAILWAY_OPERATIONS.join(', ')}] }
`

const POLICIES = {
  // Generous on purpose: what holds the agent back in staging is that danger needs a person.
  payments: `permit(principal in Team::"payments", action, resource in Environment::"staging");`,
  oncall: `permit(principal == Agent::"oncall", action in Action::"read", resource in Environment::"production");`,
}

/** @returns the directory to apply */
export async function writeConfiguration(stage: Stage): Promise<string> {
  const { home } = stage.broker
  const directory = join(home, 'broker')
  await mkdir(join(directory, 'policies'), { recursive: true })
  await writeFile(join(home, 'staging.url'), stage.stagingUrl, { mode: 0o600 })
  await writeFile(join(home, 'production.url'), stage.stray.url, { mode: 0o600 })
  const token = await stage.railway.reissue()
  stage.secrets.push(token)
  const root = { token, type: 'account', origin: stage.railway.origin }
  await writeFile(join(home, 'railway.json'), JSON.stringify(root), { mode: 0o600 })
  await writeFile(join(directory, 'broker.yaml'), broker(stage))
  for (const [name, text] of Object.entries(POLICIES))
    await writeFile(join(directory, 'policies', `${name}.cedar`), `@id("${name}")\n${text}\n`)
  return directory
}
