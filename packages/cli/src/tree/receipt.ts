import type { CommandSpec } from './spec.ts'

export const receiptCommands: readonly CommandSpec[] = [
  {
    path: 'receipt',
    args: '[task]',
    summary: 'One task as a document that proves itself: who, what, under which approval, and what is dead',
    notes: [
      'Records of the audit log with their inclusion proofs, under one signed checkpoint. `final` once the task has ended and every credential of it is dead.',
      'With --verify it reads a receipt instead of making one, and needs no broker. Exit code 0 where it is proven, 1 where it is not.',
    ],
    options: [
      { flags: '--out <file>', text: 'write the document, as it can be verified' },
      { flags: '--verify <file>', text: 'verify this receipt; needs no broker' },
      { flags: '--public-key <file>', text: 'the keys of the log that you trust, one a line' },
    ],
    example: 'receipt tsk_01jd2q8c0v3m5n7p9r1t3w5y7z --out receipt.json',
    answers: 'Receipt, or with --verify ReceiptVerdict',
    load: () => import('../commands/receipt.ts'),
  },
]
