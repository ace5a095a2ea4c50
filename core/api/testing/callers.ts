// Tokens have tests of their own: here the Authorization header says who asks.
import type { Authenticate } from '../port.ts'
import { roles, staffRoles } from '../roles.ts'

/** `anna` is a rider, `staff…` has all roles of staff, `eva read,decide` those two. */
export const authenticateByName: Authenticate = async (header = '') => {
  const [subject = '', said = ''] = header.split(' ')
  const named = said.split(',')
  const held = subject.startsWith('staff') ? staffRoles : roles.filter((role) => named.includes(role))
  return {
    subject,
    roles: new Set(held),
    ...(named.includes('partner') && { partner: subject }),
  }
}
