import type { ReceiptSummary } from '../wire/receipts.ts'

export type ReceiptFinding =
  /** It is not a whole receipt in canonical JSON. */
  | { readonly kind: 'malformed' }
  | {
      readonly kind: 'bad_checkpoint'
      readonly why: 'malformed' | 'unknown_key' | 'bad_signature' | 'other_log'
    }
  /** The record is not in canonical form, or not in the tree that was signed. */
  | { readonly kind: 'bad_record'; readonly index: number }
  /** Repeated, or not in the order of the log. */
  | { readonly kind: 'out_of_order'; readonly index: number }
  /** A record that has no place in a receipt of this task. */
  | { readonly kind: 'foreign_record'; readonly index: number }
  /** The first record of the task is not there. */
  | { readonly kind: 'no_beginning' }
  /** The log says that the task has other records than these, or more, or fewer. */
  | { readonly kind: 'incomplete'; readonly before: number }
  /** An answer of a person that is not what the log and their signature say. */
  | { readonly kind: 'bad_answer'; readonly approval: string; readonly why: AnswerFault }
  /** The log says that somebody answered, and what they signed is not there. */
  | { readonly kind: 'missing_answer'; readonly approval: string; readonly index: number }
  /** What was asked is not what the log has the digest of, or what was signed. */
  | { readonly kind: 'bad_question'; readonly approval: string }
  /** What was on record about backups is not what any record has the digest of. */
  | { readonly kind: 'bad_recovery' }
  /** Something that needed people was done, and no approval of theirs fits it. */
  | { readonly kind: 'unapproved'; readonly index: number; readonly why: ApprovalFault }
  /** The summary that came with it says something else. */
  | { readonly kind: 'other_summary' }

export type AnswerFault =
  | 'no_record'
  | 'document'
  | 'key'
  | 'challenge'
  | 'type'
  | 'origin'
  | 'presence'
  | 'signature'

export type ApprovalFault = 'none' | 'not_given' | 'too_few' | 'over' | 'other_request' | 'used_before'

export interface ReceiptVerification {
  readonly ok: boolean
  readonly findings: readonly ReceiptFinding[]
  /** Absent where it could not even be read. */
  readonly summary?: ReceiptSummary
  readonly answers: {
    /** Signatures that verified, over what the log has. */
    readonly verified: number
    /** Of these, by a key whose registration is in the receipt. */
    readonly registered: number
    /** Where the browsers were that people signed at. */
    readonly origins: readonly string[]
    /** It was given to an agent, without what people signed. */
    readonly withheld: boolean
  }
}
