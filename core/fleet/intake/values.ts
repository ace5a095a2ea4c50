// Reads the cells of legacy systems: numbers with decimal commas, dates in several forms, ticks and crosses.
import type { JsonValue } from '@bufbuild/protobuf'
import { DateTime } from 'luxon'

/** `number text` is a number that the field keeps as text, digit by digit, such as a revision: 1,10 is not 1,1. */
export type ValueKind = 'text' | 'number' | 'number text' | 'date' | 'flag'

export interface ValueForms {
  readonly decimal: '.' | ','
  readonly dates: readonly string[]
  readonly zone: string
  readonly locale: string
}

export type ReadValue =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly fault: string }

/** What a spreadsheet leaves of a long number (`1.91431E+18`), of a text that it must not touch (`="0042"`), and of a formula that fails. */
const mangled = /^([+-]?\d([.,]\d+)?E[+-]\d+|=.*|#(N\/A|[A-Z0/]+[!?]|#+))$/i

/** `text` is trimmed and not empty. The value is in the JSON mapping of Protobuf. */
export function readValue(kind: ValueKind, text: string, forms: ValueForms): ReadValue {
  if (mangled.test(text)) return { ok: false, fault: `a spreadsheet has made "${text}" of it` }
  switch (kind) {
    case 'text':
      return { ok: true, value: text }
    case 'number':
    case 'number text': {
      const number = plainNumber(text, forms.decimal)
      if (number === undefined) return { ok: false, fault: `"${text}" is no number` }
      return { ok: true, value: kind === 'number' ? Number(number) : number }
    }
    case 'flag': {
      const flag = flags.get(text.toLowerCase())
      return flag === undefined
        ? { ok: false, fault: `"${text}" is neither yes nor no` }
        : { ok: true, value: flag }
    }
    case 'date': {
      const date = readDate(text, forms)
      return date === undefined ? { ok: false, fault: `"${text}" is no date` } : { ok: true, value: date }
    }
  }
}

const flags: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'y', '1', 'x', 'ja', 'j', 'wahr', 'oui', 'si', 'sì'].map(
    (text) => [text, true] as const,
  ),
  ...['false', 'no', 'n', '0', '-', 'nein', 'falsch', 'non'].map((text) => [text, false] as const),
])

const groupSigns = { '.': /[,'’\s](?=\d{3}(?!\d))/g, ',': /[.'’\s](?=\d{3}(?!\d))/g } as const

/** Its digits as they are, with a decimal point and without the signs between groups. */
function plainNumber(text: string, decimal: '.' | ','): string | undefined {
  const plain = text.replace(groupSigns[decimal], '').replace(decimal, '.')
  return /^[+-]?\d+(\.\d+)?$/.test(plain) ? plain : undefined
}

/** Year, month and day: of a time alone ISO 8601 would make today, of any four digits a year. */
const isoDay = /^\d{4}-?\d{2}-?\d{2}(T|$)/

function readDate(text: string, { dates, zone, locale, decimal }: ValueForms): string | undefined {
  for (const form of dates) {
    const date = readDateAs(form, text, { zone, locale, decimal })
    if (date?.isValid) return date.toUTC().toISO() ?? undefined
  }
  return undefined
}

function readDateAs(
  form: string,
  text: string,
  { zone, locale, decimal }: Omit<ValueForms, 'dates'>,
): DateTime | undefined {
  if (form === 'iso') return isoDay.test(text) ? DateTime.fromISO(text, { zone }) : undefined
  if (form !== 'excel' && form !== 'unix') return DateTime.fromFormat(text, form, { zone, locale })
  const number = plainNumber(text, decimal)
  if (number === undefined) return undefined
  return form === 'unix' ? DateTime.fromSeconds(Number(number)) : fromExcel(Number(number), zone)
}

/** Days since the end of 1899, as spreadsheets count them; what is no day of this century is no date but a number. */
function fromExcel(days: number, zone: string): DateTime | undefined {
  if (days < 36_526 || days > 73_050) return undefined
  const start = DateTime.fromObject({ year: 1899, month: 12, day: 30 }, { zone })
  const seconds = Math.round((days % 1) * 86_400)
  return start.plus({ days: Math.floor(days) }).plus({ seconds })
}
