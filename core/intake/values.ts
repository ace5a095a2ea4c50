// Reads the cells of legacy systems: numbers with decimal commas, dates in several forms, ticks and crosses.
import type { JsonValue } from '@bufbuild/protobuf'
import { DateTime } from 'luxon'

/** `number text` is a number that the field keeps as text, such as a revision. */
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

/** `text` is trimmed and not empty. The value is in the JSON mapping of Protobuf. */
export function readValue(kind: ValueKind, text: string, forms: ValueForms): ReadValue {
  switch (kind) {
    case 'text':
      return { ok: true, value: text }
    case 'number':
    case 'number text': {
      const number = readNumber(text, forms.decimal)
      if (number === undefined) return { ok: false, fault: `"${text}" is no number` }
      return { ok: true, value: kind === 'number' ? number : String(number) }
    }
    case 'flag': {
      const flag = flags[text.toLowerCase()]
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

const flags: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['true', 'yes', 'y', '1', 'x', 'ja', 'j', 'wahr', 'oui', 'si', 'sì'].map((text) => [text, true]),
  ...['false', 'no', 'n', '0', '-', 'nein', 'falsch', 'non'].map((text) => [text, false]),
])

const groupSigns = { '.': /[,'’\s](?=\d{3}(?!\d))/g, ',': /[.'’\s](?=\d{3}(?!\d))/g } as const

function readNumber(text: string, decimal: '.' | ','): number | undefined {
  const plain = text.replace(groupSigns[decimal], '').replace(decimal, '.')
  return /^[+-]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : undefined
}

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
  if (form === 'iso') return DateTime.fromISO(text, { zone })
  if (form !== 'excel' && form !== 'unix') return DateTime.fromFormat(text, form, { zone, locale })
  const number = readNumber(text, decimal)
  if (number === undefined) return undefined
  return form === 'unix' ? DateTime.fromSeconds(number) : fromExcel(number, zone)
}

/** Days since the end of 1899, as spreadsheets count them; what is no day of this century is no date but a number. */
function fromExcel(days: number, zone: string): DateTime | undefined {
  if (days < 36_526 || days > 73_050) return undefined
  const start = DateTime.fromObject({ year: 1899, month: 12, day: 30 }, { zone })
  const seconds = Math.round((days % 1) * 86_400)
  return start.plus({ days: Math.floor(days) }).plus({ seconds })
}
