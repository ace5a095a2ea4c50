// The file of a plant whose system is older than its products: semicolons, local times, Windows-1252, sums in between, and what spreadsheets and
// word processors make of numbers.
import type { Statement, StatementContents } from './statement.ts'

const header = 'Typ;Seriennummer;Ausführung;Firmware;Charge;Fertigung'
const rowsPerSum = 10

/** A number that a spreadsheet has shortened: nobody can read it back. */
const mangledRow = 'Akku;1,91431E+18;B1;4.2;B-0001;06.01.2025 01:00:00'

/** A row for each component that was made, and at the end one whose number is mangled. Other statements have no place in such a file. */
export function componentFile(statements: readonly Statement[]): Uint8Array {
  const rows = statements.flatMap(({ componentProduced }) =>
    componentProduced ? [rowOf(componentProduced)] : [],
  )
  const withSums = rows.flatMap((row, n) =>
    (n + 1) % rowsPerSum === 0 ? [row, `Summe;${rowsPerSum};;;;`] : [row],
  )
  return windows1252(`${[header, ...withSums, mangledRow].join('\r\n')}\r\n`)
}

function rowOf({
  component,
  hardwareRevision,
  firmwareRevision,
  batch,
  producedAt,
}: StatementContents['componentProduced']) {
  const names = { battery: 'Akku', motor: 'Motor', display: 'Display' } as Readonly<Record<string, string>>
  const serialNumber = asTyped(component.serialNumber)
  const cells = [
    names[component.type] ?? component.type,
    serialNumber,
    hardwareRevision,
    firmwareRevision,
    batch,
  ]
  return [...cells, localTime.format(Date.parse(producedAt)).replace(',', '')].join(';')
}

const localTime = new Intl.DateTimeFormat('de-DE', {
  timeZone: 'Europe/Budapest',
  ...{ day: '2-digit', month: '2-digit', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
})

/** In small letters, with a space that does not break, a dash that is none, and a soft hyphen that nobody sees. */
const asTyped = (serialNumber: string) =>
  `${serialNumber.slice(0, 4).toLowerCase()}\u00a0${serialNumber.slice(4)}\u00ad`.replaceAll('-', '–')

/** The letters used here have the same numbers there, but for the dash. */
function windows1252(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => (letter === '–' ? 0x96 : letter.charCodeAt(0)))
}
