// What pages load beside themselves: styles, the icon, and islands, transpiled once at start. Each has the digest of its content in its
// address, so that a browser keeps it for ever.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, resolve } from 'node:path'
import { transform } from 'sucrase'

export interface Asset {
  /** `/assets/live.3f2a9c01b7.js` */
  readonly address: string
  readonly mediaType: string
  readonly text: string
}

const byAddress = new Map<string, Asset>()
const byPath = new Map<string, Asset>()

const uPlotFolder = dirname(createRequire(import.meta.url).resolve('uplot'))
const uPlotScript = resolve(uPlotFolder, 'uPlot.iife.min.js')

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
}

export const assets = {
  style: fromFile('style.css'),
  icon: fromFile('icon.svg'),
  chartStyle: fromFile(resolve(uPlotFolder, 'uPlot.min.css')),
} as const

/** `'live'` → the asset of islands/live.ts. Throws where there is no such island. */
export const island = (name: string): Asset => fromFile(`islands/${name}.ts`)

/** The asset that is served at an address; undefined where none is. */
export const assetAt = (address: string): Asset | undefined => byAddress.get(address)

function fromFile(name: string): Asset {
  const path = resolve(import.meta.dirname, name)
  const known = byPath.get(path)
  if (known !== undefined) return known
  const [, stem = ''] = /([^/]+)\.[^.]+$/.exec(path) ?? []
  const extension = extname(path) === '.ts' ? '.js' : extname(path)
  const text = contentOf(path)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 10)
  const address = `/assets/${stem}.${digest}${extension}`
  const asset = { address, mediaType: mediaTypes[extension] ?? 'text/plain', text }
  byPath.set(path, asset)
  byAddress.set(address, asset)
  return asset
}

function contentOf(path: string): string {
  const text = readFileSync(path, 'utf8')
  // The package's minified file is a script; as a module it is half the size of the one that is a module.
  if (path === uPlotScript) return `${text}\nexport default uPlot\n`
  return extname(path) === '.ts' ? transpiled(text, path) : text
}

/** Types are gone, and each import names the address of what it imports. */
function transpiled(text: string, path: string): string {
  const { code } = transform(text, { transforms: ['typescript'], disableESTransforms: true, filePath: path })
  return code.replaceAll(/^(import .*?|\} )from '(.+?)'/gm, (_, names: string, specifier: string) => {
    const imported = specifier === 'uplot' ? uPlotScript : resolve(dirname(path), specifier)
    return `${names}from '${fromFile(imported).address}'`
  })
}
