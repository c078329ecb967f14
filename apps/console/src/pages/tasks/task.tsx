import { Page } from '../../ui/page.tsx'

export default function Task() {
  return <Page title="Task">{null}</Page>
}
