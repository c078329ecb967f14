import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { GateFinding } from './finding.ts'
import { FoundSecretsError, foundText } from './found-secrets.ts'
import { gateOf } from './gate.ts'

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'credbroker-gate-')))
afterAll(() => rmSync(scratch, { recursive: true }))

const key = { id: 'f-1', title: 'AWS secret access key', path: 'old/.env', line: 3 }
const variable = { id: 'f-2', title: 'GitHub token', path: 'env:DEPLOY' }
const gate = (found: readonly GateFinding[], options = {}) =>
  gateOf({ cwd: scratch, findings: [], reason: '', off: false, ...options }, async () => found)
const sight = { env: {} }

describe('the gate', () => {
  it('lets a command pass that could find nothing', async () => {
    expect(await gate([])(sight)).toEqual({ state: 'clean' })
  })

  it('stops one that could, and names what and where with every way out', async () => {
    const stopped = await gate([key, variable])(sight).catch((error: unknown) => error)
    expect(stopped).toBeInstanceOf(FoundSecretsError)
    const { findings, exitCode } = stopped as FoundSecretsError
    expect(exitCode).toBe(5)
    const text = foundText(findings)
    for (const part of [
      'old/.env:3  AWS secret access key  (f-1)',
      'env:DEPLOY  GitHub token  (f-2)',
      'broker root add',
      'broker scan --revoke old/.env',
      'unset DEPLOY',
      '--allow-finding f-2 --reason TEXT',
    ])
      expect(text).toContain(part)
  })

  it('lets pass what is named, for a reason, and nothing else', async () => {
    const named = { findings: ['f-1', 'gone'], reason: 'test data' }
    expect(await gate([key], named)(sight)).toEqual({
      state: 'allowed',
      allowed: [{ finding: 'f-1', reason: 'test data' }],
    })
    await expect(gate([key, variable], named)(sight)).rejects.toMatchObject({ findings: [variable] })
    expect(await gate([], named)(sight)).toEqual({ state: 'clean' })
  })

  it('does not look where it is switched off, and says so', async () => {
    expect(await gate([key], { off: true })(sight)).toEqual({ state: 'off' })
  })

  it('looks at the whole work tree that a command starts in, and at what the sandbox leaves of it', async () => {
    const below = join(scratch, 'project', 'src')
    mkdirSync(join(scratch, 'project', '.git'), { recursive: true })
    mkdirSync(below)
    const visible = () => true
    const looked: unknown[] = []
    const options = { cwd: below, findings: [], reason: '', off: false }
    const passing = gateOf(options, async (place) => {
      looked.push(place)
      return [key]
    })({ env: { A: 'b' }, visible })
    await expect(passing).rejects.toMatchObject({ findings: [{ path: '../old/.env' }] })
    expect(looked).toEqual([{ env: { A: 'b' }, visible, roots: [join(scratch, 'project')] }])
  })

  it('shows no more than anybody reads, and nothing that would move a terminal', () => {
    const many = Array.from({ length: 25 }, (_, at) => ({ ...key, id: `f-${at}`, path: 'a\u001b[2J b' }))
    expect(foundText(many)).toContain('and 5 more')
    expect(foundText(many)).not.toContain('\u001b')
  })
})
