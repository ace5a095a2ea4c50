// Lets Node load .tsx: it strips types by itself, but knows no JSX. Imported before the first page is.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transform } from 'sucrase'

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('.tsx')) return nextLoad(url, context)
    const filePath = fileURLToPath(url)
    const { code } = transform(readFileSync(filePath, 'utf8'), {
      transforms: ['typescript', 'jsx'],
      ...{ jsxRuntime: 'automatic', jsxImportSource: 'hono/jsx', production: true },
      ...{ disableESTransforms: true, filePath },
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
