import { runAgent, type Stage } from './stage.ts'

const NAMED = ['tools/custom-domains/deploy.env', 'tools/custom-domains/railway.env']
const FINDINGS = 5

/** The same start as in April, with the keys in the workspace: nothing runs, and both files are named. No value is. */
export async function stopAtTheGate(stage: Stage): Promise<boolean> {
  const { tools, shop, say, secrets } = stage
  const start = ['exec', '--env', 'staging', '--scope', 'orders-rw', '--purpose', 'fix flaky checkout test']
  const args = [tools.broker, ...start, '--', tools.node, tools.agent]
  const { told, code, stderr } = await runAgent(stage, { program: tools.node, args, cwd: shop })
  // Where and what; the ways out are for whoever runs it.
  for (const line of stderr.trim().split('\n')) if (!line.startsWith('   ')) say('exec', line.trim())
  return (
    code === FINDINGS &&
    told.length === 0 &&
    NAMED.every((file) => stderr.includes(file)) &&
    !secrets.some((secret) => stderr.includes(secret))
  )
}
