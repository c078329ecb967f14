import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from './stage.ts'

const list = (anchors: readonly string[]) => anchors.map((id) => `{ vendor: postgres, id: ${id} }`).join(', ')

/**
 * What the operator declares. Production is `standard` here, so that the broker could lend it at all: `protected`, which it
 * would be by itself, gives nothing to anybody before there is an approver.
 */
const broker = ({ staging, production, broker: { home } }: Stage): string => `version: 1
environments:
  staging: { tier: standard, anchors: [${list(staging.anchors)}] }
  production: { tier: standard, anchors: [${list(production.anchors)}] }
users:
  mia: { roles: [operator, viewer] }
teams:
  payments: {}
agents:
  fixer: { owner: mia, teams: [payments] }
  oncall: { owner: mia }
roots:
  staging-orders: { provider: postgres-role, environment: staging, owner: mia, secret: "file:${home}/staging.url" }
  production-orders: { provider: postgres-role, environment: production, owner: mia, secret: "file:${home}/production.url" }
scopes:
  orders-rw: { root: staging-orders, environment: staging, maxTtl: 30m, allow: { template: read-write } }
  orders-delete: { root: staging-orders, environment: staging, maxTtl: 30m, allow: { template: read-write-delete } }
  orders-live-ro: { root: production-orders, environment: production, maxTtl: 30m, allow: { template: read-only } }
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
  await writeFile(join(directory, 'broker.yaml'), broker(stage))
  for (const [name, text] of Object.entries(POLICIES))
    await writeFile(join(directory, 'policies', `${name}.cedar`), `@id("${name}")\n${text}\n`)
  return directory
}
