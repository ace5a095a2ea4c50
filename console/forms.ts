// What a form sends, and what a page says of it afterwards.
import type { Context } from 'hono'
import type { Trouble } from './api.ts'

export interface Form {
  /** Trimmed; '' where the field is absent. */
  text(name: string): string
  all(name: string): readonly string[]
}

/** Whatever is no form has no fields. */
export async function readForm(c: Context): Promise<Form> {
  const data = await c.req.formData().catch(() => new FormData())
  const textOf = (value: FormDataEntryValue | null) => (typeof value === 'string' ? value.trim() : '')
  return { text: (name) => textOf(data.get(name)), all: (name) => data.getAll(name).map(textOf) }
}

/** Why a form of a page was not carried out. */
export interface Fault {
  /** Which one. */
  readonly form: string
  readonly trouble: Trouble
}

/** For what the console itself refuses: `faultOf('grant', 'Say to whom.')` */
export const faultOf = (form: string, detail: string): Fault => ({
  form,
  trouble: { kind: 'refused', detail },
})

/** A page that could not carry out a form is no success. */
export const statusOf = (fault: Fault | undefined) =>
  fault === undefined ? 200 : fault.trouble.kind === 'refused' ? 422 : 503
