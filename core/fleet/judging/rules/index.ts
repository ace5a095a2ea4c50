// All rules, in the order in which they are asked: fields first. The order of the others does not matter.
import { billOfMaterials } from './bill-of-materials.ts'
import { definitions } from './definitions.ts'
import { fields } from './fields.ts'
import { identity } from './identity.ts'
import { known, serialNumbers } from './known.ts'
import { places } from './places.ts'
import { provenance } from './provenance.ts'
import type { Rule } from './rule.ts'
import { times } from './times.ts'

export const rules: readonly Rule[] = [
  fields,
  serialNumbers,
  known,
  definitions,
  identity,
  places,
  times,
  billOfMaterials,
  provenance,
]
