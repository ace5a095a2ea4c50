// All attacks, in the order in which they run.
import type { Attack } from '../attack-types.ts'
import { clockAttacks } from './clocks.ts'
import { commandAttacks } from './commands.ts'
import { deviceAttacks } from './devices.ts'
import { doorAttacks } from './doors.ts'
import { fleetAttacks } from './fleet.ts'
import { ownershipAttacks } from './ownership.ts'
import { quotaAttacks } from './quotas.ts'
import { requestAttacks } from './requests.ts'
import { staffAttacks } from './staff.ts'
import { tokenAttacks } from './tokens.ts'
import { twoPersonAttacks } from './two-persons.ts'
import { wordAttacks } from './words.ts'

export const attacks: readonly Attack[] = [
  ...clockAttacks,
  ...commandAttacks,
  ...deviceAttacks,
  ...doorAttacks,
  ...quotaAttacks,
  ...requestAttacks,
  ...tokenAttacks,
  ...fleetAttacks,
  ...twoPersonAttacks,
  ...ownershipAttacks,
  ...staffAttacks,
  ...wordAttacks,
]
