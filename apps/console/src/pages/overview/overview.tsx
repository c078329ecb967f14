import { Page } from '../../ui/page.tsx'

export default function Overview() {
  return (
    <Page title="Overview" lead="What agents hold and ask for at this moment.">
      {null}
    </Page>
  )
}
