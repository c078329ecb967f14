import { join } from 'node:path'
import type { Approval } from '@credbroker/broker/domain/approval'
import { startBrowser, type TestWindow } from '../../test/harness/browser.ts'
import { askMany, startMany } from '../../test/harness/many-rows.ts'
import { AGENT, ENVIRONMENT, type Lab, SCOPES, startTask } from '../lab/lab.ts'
import { asSuperuser } from '../lab/postgres.ts'
import { percentile } from '../lab/stats.ts'
import { type Measurement, round } from '../row.ts'

const TASKS = 10_000
const QUESTIONS = 1000
const PRESSES = 150
/** Up to here people take an answer for their own doing. */
const BUDGET_MS = 100

/** From a key to the list that shows it, with ten thousand tasks and a thousand questions that wait. */
export const consoleKeys: Measurement = {
  name: 'console_keys',
  async run(open) {
    const lab = await open()
    await fill(lab)
    const browser = await startBrowser()
    try {
      const home = lab.issuer.replace('127.0.0.1', 'localhost')
      const path = '/v1/users/admin/invitations'
      const { token } = await lab.admin.call<{ token: string }>({ method: 'POST', path })
      const window = await browser.open(`${home}/setup#${token}`)
      await signUp(window)
      const few = await walk(window, `${home}/environments`)
      const tasks = await walk(window, `${home}/tasks`)
      const questions = await walk(window, `${home}/approvals`)
      const worst = Math.max(tasks.keys, questions.keys)
      return {
        name: 'console_keys',
        value: round(worst, 0),
        unit: 'ms (p95)',
        yardstick: `${round(few.keys, 0)} ms in a list of one`,
        ratio: round(worst / few.keys),
        budget: `< ${BUDGET_MS} ms`,
        ok: worst < BUDGET_MS,
        detail: `first row of ${TASKS} tasks after ${round(tasks.first, 0)} ms, of ${QUESTIONS} questions after ${round(questions.first, 0)} ms; a key there takes ${round(tasks.keys, 0)} and ${round(questions.keys, 0)} ms`,
      }
    } finally {
      await browser.close()
      await asSuperuser(lab.postgres, 'credbroker', [`DELETE FROM tasks WHERE id LIKE 'tsk_000000000000%'`])
    }
  },
}

async function fill(lab: Lab): Promise<void> {
  const { task } = await startTask(lab)
  const grant = task.grants[0]?.id ?? ''
  await startMany(lab.postgres.url, task.id, TASKS)
  const keyfile = join(lab.directory, 'keyfile')
  await askMany({ databaseUrl: lab.postgres.url, keyfile }, questionOf(task.id, grant), QUESTIONS)
}

async function signUp({ page }: TestWindow): Promise<void> {
  await page.getByRole('button', { name: 'Create a passkey' }).click()
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.addInitScript(STOPWATCH)
}

/** Runs in the page: when its first row was painted, and how long each key took until something was. */
const STOPWATCH = `
  globalThis.keys = []
  globalThis.until = (is) => new Promise((done) => {
    const look = () => is() ? done() : requestAnimationFrame(look)
    look()
  })
  const painted = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => then(performance.now())
    port2.postMessage(0)
  })
  addEventListener('keydown', ({ timeStamp }) => painted((now) => keys.push(now - timeStamp)), true)
  until(() => document.querySelector('[role=cell]')).then(() => painted((now) => { globalThis.first = now }))
`

async function walk({ page }: TestWindow, url: string): Promise<{ first: number; keys: number }> {
  await page.goto(url)
  await page.evaluate('until(() => globalThis.first !== undefined)')
  for (let press = 1; press <= PRESSES; press++) {
    await page.keyboard.press('j')
    await page.evaluate(`until(() => keys.length >= ${press})`)
  }
  const [first, keys] = await page.evaluate<[number, number[]]>('[globalThis.first, keys]')
  return { first, keys: percentile(keys, 0.95) }
}

/** One call that deletes something. */
const questionOf = (task: string, grant: string): Approval => ({
  id: 'apr_00000000000000000000000000',
  nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
  state: 'pending',
  level: 'passkey',
  work: {
    task,
    grant,
    agent: AGENT,
    owner: 'admin',
    scope: SCOPES[0],
    root: 'orders',
    jkt: 'x'.repeat(43),
    purpose: 'benchmark',
    ticket: null,
    tool: null,
    model: null,
  },
  environment: ENVIRONMENT,
  requester: `agent:${AGENT}`,
  subject: {
    kind: 'call',
    requests: [
      {
        requestHash: 'x'.repeat(43),
        factsHash: 'x'.repeat(43),
        operations: [{ name: 'drop', arguments: {} }],
        request: { method: 'DELETE', target: '/v1/orders/1' },
        access: ['delete'],
        touches: ['primary'],
        erases: ['primary'],
        anchors: [],
        environments: [ENVIRONMENT],
        facts: {},
        usedAt: null,
      },
    ],
  },
  policyVersion: 'x'.repeat(43),
  policies: [],
  reason: 'It deletes',
  askedAt: new Date().toISOString(),
  endsAt: new Date(Date.now() + 3_600_000).toISOString(),
  answers: [],
  usableUntil: null,
})
