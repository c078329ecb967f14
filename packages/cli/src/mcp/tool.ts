import type { CallToolResult, InputRequiredResult, ToolAnnotations } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { Around } from './around.ts'
import type { Denials } from './denials.ts'
import type { Tasks } from './tasks.ts'

/** What the tools of one server work with. */
export interface Desk {
  readonly tasks: Tasks
  readonly denials: Denials
  /** The run that the server was started inside of, if there is one. */
  readonly around: Around | undefined
}

/** One call of a tool, as far as tools look at it. */
export interface ToolCall {
  readonly signal: AbortSignal
  /** Tells who called that something goes on; says nothing where they did not ask to hear it. */
  readonly progress: (message: string) => Promise<void>
  /** Whether the client can show its user a link. */
  readonly showsLinks: boolean
  /** What the user did with the link that was shown: `accept`, `decline`, `cancel`. */
  readonly answered: string | undefined
  /** What we gave the client to bring back with that. It went through its hands. */
  readonly brought: string | undefined
}

interface ToolHead {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly output: z.ZodObject
  readonly annotations: ToolAnnotations
}

type Result = CallToolResult | InputRequiredResult

/** Its `run` throws what the broker says; the server makes a result of it that says what to do next. */
export interface Tool extends ToolHead {
  readonly input: z.ZodObject
  run(desk: Desk, args: unknown, call: ToolCall): Promise<Result>
}

export const toolOf = <In extends z.ZodObject>(
  made: ToolHead & {
    readonly input: In
    run(desk: Desk, args: z.output<In>, call: ToolCall): Promise<Result>
  },
): Tool => ({ ...made, run: (desk, args, call) => made.run(desk, made.input.parse(args), call) })

/** Names the fault, and nothing of what was sent: the name of an unknown field is somebody's text, too. */
export const inputOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? 'has fields that this tool does not know' : undefined,
  })

export const reply = (structuredContent: Record<string, unknown>): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
  structuredContent,
})
