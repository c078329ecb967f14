import { useState } from 'react'

/** Something that a button does, once at a time, and what went wrong with it. */
export function useWork() {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const run = (work: () => Promise<void>) => {
    setBusy(true)
    setError(undefined)
    work()
      .catch((failure: unknown) => setError(readable(failure)))
      .finally(() => setBusy(false))
  }
  return { busy, error, run }
}

/** What browsers say about passkeys is for their developers. */
export function readable(failure: unknown): Error {
  if (!(failure instanceof Error)) return new Error('Something went wrong')
  if (failure.name === 'NotAllowedError')
    return new Error('The passkey was not used: it was cancelled, or took too long')
  if (failure.name === 'InvalidStateError')
    return new Error(
      'This device holds a passkey for this account already. Use another one, or sign in with it',
    )
  return failure
}
