// The options that the commands of the local stack share.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultDataDir } from './settings.ts'

export type StackArguments = {
  command: string
  /** Of an engine or service, with `restart`. */
  name: string
  dataDir: string
  namespace: string
  enginesOnly: boolean
  apart: boolean
  secure: boolean
}

export const parseStackArguments = (args: readonly string[]): StackArguments => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      namespace: { type: 'string', default: '' },
      engines: { type: 'boolean', default: false },
      apart: { type: 'boolean', default: false },
      secure: { type: 'boolean', default: false },
    },
  })
  const [command = '', ...named] = positionals
  const [name = '', ...more] = command === 'restart' ? named : ['', ...named]
  if (command === 'restart' && name === '') throw new Error('say what to restart: NAME is missing')
  if (more.length > 0) throw new Error(`one command at a time, not also: ${more.join(' ')}`)
  if (!/^[a-z0-9_]{0,32}$/.test(values.namespace))
    throw new Error('a namespace has at most 32 small letters, digits and underscores')
  return {
    command,
    name,
    dataDir: values.data === undefined ? defaultDataDir(values.secure) : resolve(values.data),
    namespace: values.namespace,
    enginesOnly: values.engines,
    apart: values.apart,
    secure: values.secure,
  }
}
