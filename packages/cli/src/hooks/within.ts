import type { Cli } from '../cli.ts'
import { type HookEvent, readEvent } from './event.ts'
import { failed } from './verdict.ts'

/**
 * Whatever goes wrong blocks, and within the time: a tool that gives up on us would let the call happen.
 */
export async function hook(
  cli: Cli,
  limitMs: number,
  work: (event: HookEvent, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const signal = AbortSignal.timeout(limitMs)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([readEvent(cli.stdin).then((event) => work(event, signal)), late])
  } catch {
    const why = signal.aborted ? `the check took longer than ${limitMs / 1000} s` : 'the check failed'
    return failed(
      cli,
      `blocked, because ${why}. \`broker doctor\` may say more; removing the hook is up to a person.`,
    )
  }
}
