import '@mantine/core/styles.css'
import 'virtual:theme.css'
import './ui/base.css'
import './session/setup-code.ts'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { base } from './api/base.ts'
import { queryClient } from './api/queries.ts'
import { App } from './app.tsx'
import { theme } from './ui/theme.ts'

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    {/* Its variables are a style sheet of the build: an inline style is what the policy of the page forbids. */}
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <Router base={base}>
          <App />
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
