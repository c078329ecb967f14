import type { Approval } from '../domain/approval.ts'
import type { Sealed } from './people.ts'

/** What happened to a question, as far as those who are told need to know. */
export const NOTICES = ['asked', 'answered', 'over'] as const
export type Notice = (typeof NOTICES)[number]

/** One that nobody was told yet. Taken: no other replica tries it before its next attempt is due. */
export interface DueNotice {
  readonly approval: Sealed<Approval>
  readonly notice: Notice
}

/** What is due follows from the approvals themselves: nothing is lost with a process. */
export interface NoticeQueue {
  take(limit: number): Promise<DueNotice[]>
  told(due: DueNotice): Promise<void>
}

export interface NoticeSender {
  /** `id`: the same for each attempt, so that whoever is told twice knows. @throws where it was not taken */
  send(id: string, payload: string, signal: AbortSignal): Promise<void>
}
