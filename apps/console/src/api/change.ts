import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { stepUp } from '../session/passkeys.ts'
import { call, Refused, type Request, Waits } from './call.ts'

export interface Order extends Pick<Request, 'method' | 'body'> {
  readonly path: string
}

/** Where the broker wants a passkey first, asks for it and tries again. */
export async function confirmed<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'step_up_required')) throw error
    await stepUp()
    return await work()
  }
}

export interface Change<Answer> {
  /** Sends it; answers undefined where a person has to approve it first, see `waits`. */
  readonly send: (order: Order) => void
  readonly busy: boolean
  readonly error: Error | undefined
  readonly waits: { readonly approval: ApprovalView; readonly resume: () => void } | undefined
  readonly done: Answer | undefined
  readonly reset: () => void
}

/**
 * Something that changes the broker: asks for a passkey where one is wanted, and where a person has to approve it first says so and
 * sends the very same again once they have. Whatever is shown is read anew afterwards.
 */
export function useChange<Answer>(onDone?: (answer: Answer) => void): Change<Answer> {
  const client = useQueryClient()
  const [waiting, setWaiting] = useState<{ approval: ApprovalView; order: Order }>()
  const { mutate, isPending, error, data, reset } = useMutation<Answer, Error, Order & { approval?: string }>(
    {
      mutationFn: ({ path, ...request }) =>
        confirmed(() => call<Answer>(path, { method: 'POST', ...request })),
      onSuccess: async (answer) => {
        setWaiting(undefined)
        onDone?.(answer)
        await client.invalidateQueries()
      },
      onError: (failure, { approval: _, ...order }) =>
        setWaiting(failure instanceof Waits ? { approval: failure.approval, order } : undefined),
    },
  )
  return {
    send: useCallback((order) => mutate(order), [mutate]),
    busy: isPending,
    error: error instanceof Waits ? undefined : (error ?? undefined),
    waits: waiting && {
      approval: waiting.approval,
      resume: () => mutate({ ...waiting.order, approval: waiting.approval.id }),
    },
    done: data,
    reset: () => {
      setWaiting(undefined)
      reset()
    },
  }
}
