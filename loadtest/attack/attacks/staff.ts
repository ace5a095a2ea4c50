// Attacks by staff, and by who pretends to be staff.
import { randomUUID } from 'node:crypto'
import { registerBikes } from '../../../core/fleet/registry/stores.ts'
import { type ApiAnswer, type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

const reason = 'a ticket of the owner'

async function ownedBike({ platform }: AttackContext, riderId: string): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(platform.sql, [{ bikeId, riderId, producedAt: new Date('2025-01-01') }])
  return bikeId
}

const oneRole: Attack = {
  name: 'one-role-for-all',
  found: 'one role of a token opens reading, commanding and deciding',
  async run(context) {
    const bikeId = await ownedBike(context, `rider-${randomUUID()}`)
    const path = `/v1/fleet/bikes/${bikeId}`
    const reader = await context.token({ subject: 'eva', roles: ['read'] })
    mustWork('staff read a bike', (await context.ask(path, { token: reader })).status === 200)
    const tries: readonly (readonly [string, ApiAnswer])[] = [
      ['reading decides', await context.ask('/v1/staff/ownership-cases', { token: reader })],
      ['reading approves', await approve(context, reader, randomUUID())],
    ]
    const passed = tries.find(([, { status }]) => status !== 403)
    return passed === undefined ? holds : falls(`with one role: ${passed[0]}`)
  },
}

const unseenLook: Attack = {
  name: 'staff-look-unseen',
  found: 'staff read where a bike is, and nobody ever knows',
  async run(context) {
    const riderId = `rider-${randomUUID()}`
    const path = `/v1/bikes/${await ownedBike(context, riderId)}/latest`
    const staff = await context.token({ subject: 'eva', roles: ['read'] })
    const rider = await context.token({ subject: riderId })
    const told = await context.ask(path, { token: staff, headers: { 'access-reason': reason } })
    mustWork('staff read with a reason', told.status === 200)
    for (const each of [path, path.replace('latest', 'commands'), '/v1/staff/proposals', fleetPath(path)]) {
      const silent = await context.ask(each, { token: staff, headers: { 'access-reason': '' } })
      if (silent.status !== 400) return falls(`a reason is not asked for: ${each}`)
    }
    const { text } = await context.ask('/v1/riders/me/accesses', { token: rider })
    return text.includes('staff:eva') && text.includes(reason) ? holds : falls('the owner is not told')
  },
}

const fleetPath = (latestPath: string) =>
  latestPath.replace('/v1/bikes/', '/v1/fleet/bikes/').replace('/latest', '')

const alone: Attack = {
  name: 'approves-alone',
  found: 'one member of staff gives himself a bike',
  async run(context) {
    const bikeId = await ownedBike(context, `rider-${randomUUID()}`)
    const thief = await context.token({ subject: 'max', roles: ['read', 'decide', 'approve'] })
    const body = { bikeId, newRiderId: 'max', reason: 'it is mine' }
    const proposed = await context.ask('/v1/staff/ownership-cases', { method: 'POST', token: thief, body })
    mustWork('a case is proposed', proposed.status === 201)
    const { proposalId } = proposed.body as { proposalId: string }
    if ((await approve(context, thief, proposalId)).status === 200) return falls('he approves it himself')
    const second = await context.token({ subject: 'otto', roles: ['approve'] })
    mustWork('another one approves', (await approve(context, second, proposalId)).status === 200)
    return holds
  },
}

const approve = (context: AttackContext, token: string, proposalId: string) =>
  context.ask(`/v1/staff/proposals/${proposalId}/approval`, { method: 'POST', token, body: { reason } })

export const staffAttacks: readonly Attack[] = [oneRole, unseenLook, alone]
