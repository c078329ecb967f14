import { z } from 'zod'

/** More than any tool sends; a text beyond it is not understood, and what is not understood is blocked. */
const MOST_BYTES = 8 * 1024 * 1024

/** As much as we look at of what Claude Code and Cursor say. They add fields as they please. */
const event = z.object({
  hook_event_name: z.string().min(1).max(64),
  cwd: z.string().optional(),
  workspace_roots: z.array(z.string()).optional(),
  tool_name: z.string().optional(),
  /** Of an MCP tool Cursor sends it as text. */
  tool_input: z.union([z.record(z.string(), z.unknown()), z.string()]).optional(),
  command: z.string().optional(),
  file_path: z.string().optional(),
})
export type HookEvent = z.infer<typeof event>

/** @throws Error for what is no event; it quotes nothing */
export async function readEvent(stdin: AsyncIterable<Uint8Array | string>): Promise<HookEvent> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > MOST_BYTES) throw new Error('too long')
  }
  return event.parse(JSON.parse(Buffer.concat(chunks).toString()))
}
