// Attacks on what takes two members of staff about statements: taking them back, and giving somebody a bike by them.
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { claimCode } from '../../../proto/codec/claim-code.ts'
import { storedId, testPartner } from '../../../testkit/partners.ts'
import { type ApiAnswer, type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'
import { behindIt, cell, join, made, madeMs, openPlant, putSealed, say, stateOf } from './plant.ts'

const partnerCommand = 'core/fleet/partners/command.ts'
const fleetCommand = 'core/fleet/review/command.ts'
const staff = (context: AttackContext, subject: string) =>
  context.token({ subject, roles: ['read', 'decide', 'approve'] })

/** What `npm run fleet` or `npm run partner` proposed at the console. */
async function proposed(context: AttackContext, file: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await context.command(file, [...args, '--reason', 'a forgery'])
  const id = /^proposed: (\S+)/.exec(stdout)?.[1]
  mustWork(`${args[0]} is proposed (${stderr})`, id !== undefined)
  return id ?? ''
}

async function approve(context: AttackContext, proposalId: string, by: string): Promise<ApiAnswer> {
  const path = `/v1/staff/proposals/${proposalId}/approval`
  const body = { reason: 'looked at it' }
  return context.ask(path, { method: 'POST', token: await staff(context, by), body })
}

const isDone = ({ status, body }: ApiAnswer) =>
  status === 200 && (body as { outcome: { done: boolean } | null }).outcome?.done === true

const retractedAlone: Attack = {
  name: 'retract-alone',
  found: 'one member of staff takes back a statement, and so the ground of a bike',
  run: async (context) => {
    await openPlant(context)
    const said = made()
    await behindIt(context, said)
    const path = `/v1/fleet/statements/${storedId(said)}/retraction`
    const token = await staff(context, 'staff-mallory')
    const asked = await context.ask(path, { method: 'POST', token, body: { reason: 'I say so' } })
    mustWork('staff proposes a retraction', asked.status === 201)
    const { proposalId } = asked.body as { proposalId: string }
    const own = await approve(context, proposalId, 'staff-mallory')
    const console = await context.command('core/staff/approvals/command.ts', [
      ...['approve', await proposed(context, fleetCommand, ['retract', storedId(said)]), '--reason', 'alone'],
    ])
    if (isDone(own) || console.exitCode === 0 || (await stateOf(context, said)) !== 'applied')
      return falls(`the approval of the proposer is answered with ${own.status}`)
    mustWork('another one approves', isDone(await approve(context, proposalId, 'staff-kai')))
    mustWork('it is taken back then', (await stateOf(context, said)) === 'retracted')
    return holds
  },
}

const retractedAgain: Attack = {
  name: 'retracted-id-again',
  found: 'a statement that was taken back counts again when its record comes again',
  run: async (context) => {
    await openPlant(context)
    const said = made()
    await behindIt(context, said)
    const proposalId = await proposed(context, fleetCommand, ['retract', storedId(said)])
    mustWork('it is taken back', isDone(await approve(context, proposalId, 'staff-kai')))
    await putSealed(context, said)
    await behindIt(context)
    const state = await stateOf(context, said)
    return state === 'retracted' ? holds : falls(`the statement is ${state}`)
  },
}

const backdated: Attack = {
  name: 'distrusted-key-backdated',
  found: 'the thief of a key that is distrusted dates a statement back before the theft',
  run: async (context) => {
    await openPlant(context)
    const robbed = testPartner('plant:robbed')
    const grant = { door: 'key', kind: 'componentProduced', brand: '*', plant: 'honest' } as const
    await join(context, robbed.partnerId, [grant])
    const [forged, late] = [made(cell(), robbed.partnerId), made(cell(), robbed.partnerId)]
    await putSealed(context, forged)
    await context.until('the thief is believed', async () => (await stateOf(context, forged)) === 'applied')
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const args = ['distrust-key', '--key', robbed.key.keyId, '--from', from]
    const proposalId = await proposed(context, partnerCommand, args)
    mustWork('the key is distrusted', isDone(await approve(context, proposalId, 'staff-kai')))
    mustWork('what it said is taken back', (await stateOf(context, forged)) === 'retracted')
    await putSealed(context, late)
    await putSealed(context, forged)
    await behindIt(context)
    const states = [await stateOf(context, late), await stateOf(context, forged)]
    return states[0] === undefined && states[1] === 'retracted' ? holds : falls(`it is ${states}`)
  },
}

const soldByReviewer: Attack = {
  name: 'reviewer-sells-to-himself',
  found: 'a reviewer corrects an unreadable row into a sale to himself and reads the rides',
  async run(context) {
    await openPlant(context)
    const [bikeId, frameNumber, code] = [
      randomUUID(),
      `ATTACK-${randomInt(1_000_000_000)}`,
      claimCode(randomBytes(16)),
    ]
    await context.platform.sql`
      insert into bikes (bike_id, produced_at, frame_number) values (${bikeId}, ${new Date(madeMs)}, ${frameNumber})`
    const value = { file: 'sales.csv', line: 7, text: '?;?', faults: ['no date'] }
    const row = say({ case: 'unreadableRow', value })
    await putSealed(context, row)
    await behindIt(context)
    const path = `/v1/fleet/reviews/${storedId(row)}`
    const max = await context.token({ subject: 'max', roles: ['read', 'decide'] })
    const read = await context.ask(path, { token: max })
    mustWork('a reviewer reads the row', read.status === 200)

    const soldAt = new Date(madeMs).toISOString()
    const claimCodeSha256 = createHash('sha256').update(code.replaceAll('-', '')).digest('base64')
    const bikeSold = { frameNumber, soldAt, claimCodeSha256 }
    const decided = await context.ask(`${path}/decisions`, {
      ...{ method: 'POST', token: max },
      headers: { 'if-match': read.headers.get('etag') ?? '', 'idempotency-key': randomUUID() },
      body: {
        ...{ verdict: 'correct', reason: 'by the bill' },
        correction: { unreadableRow: null, bikeSold, source: 'oem:acme', occurredAt: soldAt },
      },
    })
    const claim = async () => {
      const token = await context.token({ subject: 'max' })
      return context.ask('/v1/riders/me/claims', { method: 'POST', token, body: { code } })
    }
    if ((await claim()).status === 201) return falls('he owns the bike by his own decision')
    mustWork('his correction waits as a proposal', decided.status === 202)
    const { proposalId } = decided.body as { proposalId: string }
    if ((await approve(context, proposalId, 'max')).status === 200)
      return falls('he approves it with another token of his')
    if ((await claim()).status === 201) return falls('he owns the bike before a second person approved')
    mustWork('a second person approves', (await approve(context, proposalId, 'otto')).status === 200)
    mustWork('then the code gives the bike', (await claim()).status === 201)
    return holds
  },
}

export const twoPersonAttacks: readonly Attack[] = [retractedAlone, retractedAgain, backdated, soldByReviewer]
