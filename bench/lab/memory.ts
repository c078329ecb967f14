import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const SETTLE_MS = 5000

/** Resident memory of a process that has been left alone for a moment, in megabytes. */
export async function restingMegabytes(pid: number): Promise<number> {
  await delay(SETTLE_MS)
  return residentMegabytes(pid)
}

async function residentMegabytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}

/** Of a Node process that does nothing. */
export async function bareMegabytes(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  try {
    await once(child, 'spawn')
    await delay(1000)
    return await residentMegabytes(child.pid as number)
  } finally {
    child.kill()
  }
}
