// The console before the fake API on a port of 127.0.0.1, to look at while its pages are changed:
//
//     node console/testing/serve.ts 4010
import '../jsx-loader.ts'
import { serve } from '@hono/node-server'

const port = Number(process.argv[2] ?? 4010)
const { createTestConsole } = await import('./console.ts')
serve({ fetch: createTestConsole({}, `http://127.0.0.1:${port}`).fetch, hostname: '127.0.0.1', port })
