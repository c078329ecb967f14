import { configDocument } from '@credbroker/core/config/document'
import { z } from 'zod'

/** Where the generated text belongs, from the root of the checkout. */
export const CONFIG_SCHEMA_PATH = 'packages/cli/schema/broker.schema.json'

/** What an editor shows while somebody writes the field. Keyed by the path, `*` for any name. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  version: 'Always 1.',
  environments: 'Where work happens. Each has a tier and the vendor-side identities that belong to it.',
  'environments.*.tier':
    'disposable: destruction is fine · standard: danger needs a person · protected: the same, and so do changes to what it allows. Default protected.',
  'environments.*.backups': 'Environments that hold the backups of this one. No agent gets both sides.',
  'environments.*.anchors':
    'Vendor-side identities that belong to this environment. What no anchor claims belongs to no environment.',
  'environments.*.anchors.*.vendor': 'postgres, aws, …',
  'environments.*.anchors.*.id':
    'As narrow as the vendor can prove: postgres `<system identifier>/<database>`, aws `<account>` or `<account>/role/<name>`.',
  'environments.*.anchors.*.shared':
    'Several environments may use it; a protected one among them to read only.',
  users: 'Humans and their roles.',
  'users.*.roles':
    'viewer reads · operator applies, adds roots, invites agents · approver approves · admin everything.',
  teams: 'Sets of agents, for policies to speak about.',
  agents: 'Non-human identities. Each has a human owner; when the owner is disabled, it stops.',
  'agents.*.owner': 'The user who is accountable.',
  'agents.*.teams': 'The teams it belongs to.',
  'agents.*.tool': 'What it runs in: claude-code, codex, …',
  'agents.*.model': 'The model behind it.',
  'agents.*.maxTask': 'Its longest task: 30m, 8h. At most 8h.',
  roots: 'Stored long-lived credentials. The credential itself never stands here.',
  'roots.*.provider': 'postgres-role, aws-sts, …',
  'roots.*.environment': 'The environment it belongs to. Leave out for one that spans several: gateway only.',
  'roots.*.owner': 'The user who answers for it.',
  'roots.*.service': 'What breaks without it.',
  'roots.*.onCall': 'Whom to wake.',
  'roots.*.recovery': 'Where the data can be got back from. Shown to approvers.',
  'roots.*.secret':
    '`file:/absolute/path` outside any git work tree, or `stdin`. A reference, never a value.',
  scopes: 'Named least-privilege slices of one root in one environment.',
  'scopes.*.root': 'The root it is a slice of.',
  'scopes.*.environment': 'The environment; the root must be anchored there.',
  'scopes.*.side': 'primary: the data in use · backup: the copy to recover from.',
  'scopes.*.maxTtl': 'The longest life of one credential: 15m. Default 15m.',
  'scopes.*.access': 'Raises what the provider finds out by itself. It can never lower it.',
  'scopes.*.allow': 'What may be done, in the words of the root’s provider.',
}

interface Node {
  description?: string
  properties?: Record<string, Node>
  additionalProperties?: Node | boolean
  items?: Node
}

/** The JSON Schema (2020-12) of `broker.yaml` for editors, from the schema that validates it. */
export function generateConfigSchema(): string {
  const schema = z.toJSONSchema(configDocument, { io: 'input' }) as Node
  for (const [path, description] of Object.entries(DESCRIPTIONS))
    nodeAt(schema, path).description = description
  const head = {
    title: 'broker.yaml',
    description: 'The configuration of a credbroker, applied with `broker apply`.',
  }
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`
}

function nodeAt(schema: Node, path: string): Node {
  let node = schema
  for (const step of path.split('.')) {
    const next = step === '*' ? (node.items ?? node.additionalProperties) : node.properties?.[step]
    if (typeof next !== 'object') throw new Error(`the schema has no ${path}: correct its description`)
    node = next
  }
  return node
}
