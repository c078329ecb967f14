import type { Cli } from '../cli.ts'
import { printable } from '../render/printable.ts'
import type { HookEvent } from './event.ts'

/** The only code that blocks at Claude Code, and one that does at Cursor. Any other lets the call happen. */
export const BLOCKED = 2

/** Events of Cursor begin with a small letter, those of Claude Code do not. */
const isCursors = ({ hook_event_name }: HookEvent): boolean => /^[a-z]/.test(hook_event_name)

/** Says nothing: the tool goes on, by its own rules. */
export function letPass(cli: Pick<Cli, 'out'>, event: HookEvent): number {
  if (isCursors(event)) cli.out(`${JSON.stringify({ continue: true, permission: 'allow' })}\n`)
  return 0
}

/** To the person and to the model, in the form that the tool documents for this event. */
export function block(cli: Pick<Cli, 'out' | 'err'>, event: HookEvent, reason: string): number {
  const text = `credbroker: ${reason}`
  if (isCursors(event)) {
    cli.out(
      `${JSON.stringify({ continue: false, permission: 'deny', user_message: text, agent_message: text })}\n`,
    )
    return 0
  }
  if (event.hook_event_name === 'SessionStart') {
    // Its exit code stops nothing; these fields do, and the model reads the reason where they do not.
    const told = { hookEventName: 'SessionStart', additionalContext: text }
    cli.out(`${JSON.stringify({ continue: false, stopReason: text, hookSpecificOutput: told })}\n`)
    return 0
  }
  return failed(cli, reason)
}

/** Where there is a finding and somebody wants to be told only. */
export function tell(cli: Pick<Cli, 'out'>, event: HookEvent, reason: string): number {
  const text = `credbroker: ${reason}`
  const told = isCursors(event)
    ? { continue: true, additional_context: text }
    : {
        systemMessage: text,
        hookSpecificOutput: { hookEventName: event.hook_event_name, additionalContext: text },
      }
  cli.out(`${JSON.stringify(told)}\n`)
  return 0
}

/** When we do not even know whom we talk to. */
export function failed(cli: Pick<Cli, 'err'>, reason: string): number {
  cli.err(`credbroker: ${printable(reason)}\n`)
  return BLOCKED
}
