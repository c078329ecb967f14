import { z } from 'zod'
import type { UpstreamReader } from '../request.ts'
import { asker, Unplaced } from './ask.ts'
import { railwayId } from './spec.ts'

/** Whether Railway does not know a project token: what it is for, each of them may ask. */
export async function refusesProjectToken(reader: UpstreamReader): Promise<boolean> {
  const form = z.object({ projectId: railwayId })
  try {
    await asker(reader, true)({ form, field: 'projectToken', select: 'projectId' })
    return false
  } catch (error) {
    if (error instanceof Unplaced) return error.unauthorized
    throw error
  }
}
