import { Page } from '../../ui/page.tsx'

export default function Freeze() {
  return <Page title="Freeze">{null}</Page>
}
