import { whoHasWriteCsv } from '@credbroker/core/who-has-write-csv'
import { Button } from '@mantine/core'
import { save } from '../../ui/save.ts'
import type { Row } from './rows.ts'

/** What is on the page, for a spreadsheet. All of it, also of many pages: `broker who-has-write --csv`. */
export const ExportSheet = ({ rows }: { readonly rows: readonly Row[] }) => (
  <Button
    variant="default"
    disabled={rows.length === 0}
    onClick={() => save('who-has-write.csv', 'text/csv', whoHasWriteCsv(rows))}
  >
    Export CSV
  </Button>
)
