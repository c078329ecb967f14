import { MockLanguageModelV4 } from 'ai/test'

type Call = readonly [tool: string, input: object]

/** A model that makes these calls in its first step of each turn, and says in its second that it has answered. */
export function scripted(...turns: readonly (readonly Call[])[]): MockLanguageModelV4 {
  const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 1, text: 1, reasoning: undefined },
  }
  return new MockLanguageModelV4({
    doGenerate: turns.flatMap((calls, turn) => [
      {
        content: calls.map(([toolName, input], at) => ({
          type: 'tool-call' as const,
          toolCallId: `call-${turn}-${at}`,
          toolName,
          input: JSON.stringify(input),
        })),
        finishReason: { unified: 'tool-calls' as const, raw: undefined },
        usage,
        warnings: [],
      },
      {
        content: [{ type: 'text' as const, text: `answer ${turn + 1}` }],
        finishReason: { unified: 'stop' as const, raw: undefined },
        usage,
        warnings: [],
      },
    ]),
  })
}

/** What the model was told last that its tools had answered. */
export const toolResults = ({ doGenerateCalls }: MockLanguageModelV4) =>
  (doGenerateCalls.at(-1)?.prompt ?? []).flatMap((message) =>
    message.role === 'tool'
      ? message.content.flatMap((part) =>
          part.type === 'tool-result' && 'value' in part.output
            ? [[part.toolName, part.output.value] as const]
            : [],
        )
      : [],
  )
