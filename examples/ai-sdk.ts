// A support agent with tools of the AI SDK. It has no key: each tool asks the broker, which decides when it is called.
import { createInterface } from 'node:readline'
import { Broker } from '@credbroker/sdk'
import { ApprovalRequiredError, BrokerApiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import type { Task } from '@credbroker/sdk/task'
import { generateText, isStepCount, type LanguageModel, type ModelMessage, tool } from 'ai'
import postgres from 'postgres'
import { z } from 'zod'

/** One conversation is one task: what was lent for it ends with it. */
export async function support(
  model: LanguageModel,
  questions: AsyncIterable<string>,
  say: (answer: string) => void = console.log,
): Promise<void> {
  await using task = await Broker.fromEnvironment().startTask({
    environment: 'production',
    purpose: 'answer a customer',
    scopes: ['orders-live-ro', 'shop'],
    ttl: '30m',
  })
  const tools = orderTools(task)
  const messages: ModelMessage[] = []
  for await (const content of questions) {
    messages.push({ role: 'user', content })
    const { text, responseMessages } = await generateText({
      model,
      tools,
      messages,
      stopWhen: isStepCount(5),
    })
    messages.push(...responseMessages)
    say(text)
  }
}

const orderTools = (task: Task) => ({
  countOrders: tool({
    description: 'Count the open orders.',
    inputSchema: z.object({}),
    execute: told(async () => {
      const sql = postgres({ ...(await task.postgres('orders-live-ro')), max: 1 })
      try {
        const [row] = await sql`SELECT count(*)::int AS open FROM orders WHERE state = 'open'`
        return row
      } finally {
        await sql.end()
      }
    }),
  }),
  cancelOrder: tool({
    description: 'Cancel an order. A person may have to approve it first; after that, call this again.',
    inputSchema: z.object({ order: z.string() }),
    execute: told(async ({ order }) => {
      const path = `/v1/orders/${encodeURIComponent(order)}`
      return await answer(await task.fetch('shop', path, { method: 'DELETE', approval: 'throw' }))
    }),
  }),
  refund: tool({
    description: 'Pay an order back, wholly or in part.',
    inputSchema: z.object({ order: z.string(), cents: z.int().positive() }),
    execute: told(
      async (body) => await answer(await task.fetch('shop', '/v1/refunds', { method: 'POST', body })),
    ),
  }),
})

const answer = async (response: Response) => ({ status: response.status, body: await response.text() })

/** What the broker says no to, the model reads: why, and what it can do about it. */
const told =
  <Input, Output>(work: (input: Input) => Promise<Output>) =>
  async (input: Input): Promise<Output | string> => {
    try {
      return await work(input)
    } catch (error) {
      if (error instanceof ApprovalRequiredError)
        return `Not done yet [${error.code}]: a person has to approve it at ${error.approvalUrl}. Show them the link, and try again when they have.`
      if (error instanceof BrokerApiError)
        return [`Denied [${error.code}]: ${error.reason}`, error.todo, error.retryable && 'Try again later.']
          .filter(Boolean)
          .join('\n')
      if (error instanceof BrokerUnreachableError)
        return 'Nobody knows whether it was done: no answer came. Look before you try again.'
      throw error
    }
  }

// BROKER_PROFILE=support AI_GATEWAY_API_KEY=… node ai-sdk.ts
if (import.meta.main) await support('anthropic/claude-sonnet-4.5', createInterface({ input: process.stdin }))
