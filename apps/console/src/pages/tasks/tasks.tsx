import { Page } from '../../ui/page.tsx'

export default function Tasks() {
  return <Page title="Tasks">{null}</Page>
}
