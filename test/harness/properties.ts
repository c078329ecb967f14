import fc from 'fast-check'

/** The same cases at every run, so that a change is judged by what it changed; `FC_SEED=$RANDOM` looks for others. */
fc.configureGlobal({
  seed: Number(process.env['FC_SEED'] ?? 20_260_425),
  ...(process.env['FC_RUNS'] && { numRuns: Number(process.env['FC_RUNS']) }),
})
