// The check digits of serial numbers, worked out here on their own so that they test those of the platform.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const numberOf = (character: string) => alphabet.indexOf(character)

/** Letters count 10 to 35, as two digits. */
export function withLuhn(body: string): string {
  const digits = [...body].flatMap((character) => [...String(numberOf(character))].map(Number))
  const sum = digits.reverse().reduce((total, digit, i) => {
    const doubled = i % 2 === 0 ? 2 * digit : digit
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return `${body}${(10 - (sum % 10)) % 10}`
}

/** ISO 7064 MOD 37,36. */
export function withMod3736(body: string): string {
  let product = 36
  for (const character of body) {
    const sum = (product + numberOf(character)) % 36 || 36
    product = (2 * sum) % 37
  }
  return body + alphabet[(37 - product) % 36]
}
