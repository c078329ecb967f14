import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { LocalError } from '../usage-error.ts'
import { type Step, stepText } from './plan.ts'
import { SERVICE_USER } from './unit.ts'

/** Does one step. @throws LocalError which names it */
export async function perform(step: Step, root: string): Promise<void> {
  try {
    if (step.does === 'run') {
      const [program = '', ...args] = step.command
      await promisify(execFile)(program, args, { timeout: 60_000 })
    } else if (step.does === 'remove') rmSync(step.path)
    else if (step.does === 'directory') {
      mkdirSync(step.path, { recursive: true })
      own(step.path, step.mode, root)
    } else write(step, root)
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string }
    throw new LocalError(`This did not work: ${stepText(step)}: ${stderr?.trim() || code || 'failed'}.`, {
      advice: 'What was done before it stays, and is not done twice: mend this and run it again.',
    })
  }
}

/** A file that nobody else has seen open, even for a moment. */
function write({ path, mode, of, text }: Extract<Step, { does: 'file' }>, root: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (of === 'root') rmSync(path, { force: true })
  writeFileSync(path, text, { mode, flag: 'wx' })
  if (of === 'root') chmodSync(path, mode)
  else own(path, mode, root)
}

function own(path: string, mode: number, root: string): void {
  chmodSync(path, mode)
  const [uid, gid] = idsOf(SERVICE_USER, root)
  chownSync(path, uid, gid)
}

function idsOf(user: string, root: string): [number, number] {
  const line = readFileSync(join(root, 'etc/passwd'), 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (!uid || !gid) throw new Error('no such user')
  return [Number(uid), Number(gid)]
}

export function usersOf(root: string): string[] {
  try {
    return readFileSync(join(root, 'etc/passwd'), 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
  } catch {
    return []
  }
}
