import { Page } from '../../ui/page.tsx'

export default function Receipt() {
  return <Page title="Receipt">{null}</Page>
}
