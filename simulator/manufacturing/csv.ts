// The file of a plant whose system is older than its products: semicolons, local times, Windows-1252, sums in between.
import type { Statement, StatementContents } from './statement.ts'

const header = 'Typ;Seriennummer;Ausführung;Firmware;Charge;Fertigung'
const rowsPerSum = 10

/** What is said of components made; the rest of the statements has no place in such a file. */
export function componentFile(statements: readonly Statement[]): Uint8Array {
  const rows = statements.flatMap(({ componentProduced }) =>
    componentProduced ? [rowOf(componentProduced)] : [],
  )
  const withSums = rows.flatMap((row, n) =>
    (n + 1) % rowsPerSum === 0 ? [row, `Summe;${rowsPerSum};;;;`] : [row],
  )
  return windows1252(`${[header, ...withSums].join('\r\n')}\r\n`)
}

function rowOf({
  component,
  hardwareRevision,
  firmwareRevision,
  batch,
  producedAt,
}: StatementContents['componentProduced']) {
  const names = { battery: 'Akku', motor: 'Motor', display: 'Display' } as Readonly<Record<string, string>>
  // As people type them: in small letters and with a space.
  const serialNumber = `${component.serialNumber.slice(0, 4).toLowerCase()} ${component.serialNumber.slice(4)}`
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

/** The letters used here have the same numbers there. */
function windows1252(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}
