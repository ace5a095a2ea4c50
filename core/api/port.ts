// The stores and the verifier of tokens, as the API needs them.

import type { CommandReader, CommandRequests } from '../devices/commands/port.ts'
import type { RefusalStore } from '../devices/gatekeeper/port.ts'
import type { BikeModule, BikePresence } from '../devices/presence/port.ts'
import type { SettingsOfBikes } from '../devices/settings/port.ts'
import type { TelemetryReader } from '../engines/elasticsearch/port.ts'
import type { CohortReader } from '../fleet/field-errors/port.ts'
import type { SaidStatement, TakenBatch } from '../fleet/intake/port.ts'
import type { OwnershipWindow } from '../fleet/registry/port.ts'
import type { FleetReader } from '../fleet/registry/reader-port.ts'
import type { Retraction } from '../fleet/retraction/port.ts'
import type { Review } from '../fleet/review/port.ts'
import type { ResearchAccess } from '../research/access/port.ts'
import type { Consents } from '../riders/consent/port.ts'
import type { Prior } from '../riders/estimates/port.ts'
import type { BikeGrants } from '../riders/grants/port.ts'
import type { Live } from '../riders/live/port.ts'
import type { FinishedErasure, RiderErasures } from '../riders/own-data/erasure/port.ts'
import type { OwnRecords, SampleMonths } from '../riders/own-data/export/port.ts'
import type { PrivacyZones } from '../riders/own-data/port.ts'
import type { OwnershipService } from '../riders/ownership/port.ts'
import type { RideNotes } from '../riders/rides/notes-port.ts'
import type { RideReader } from '../riders/rides/port.ts'
import type { Watch } from '../runtime/watch.ts'
import type { AccessLog, Shown } from '../staff/access-log/port.ts'
import type { Approvals } from '../staff/approvals/port.ts'
import type { GroupReading } from '../telemetry/latest/port.ts'
import type { UploadPage } from '../telemetry/ledger/port.ts'
import type { QuarantineOfBike } from '../telemetry/quarantine/port.ts'
import type { Problem } from './problem.ts'
import type { Role } from './roles.ts'

export interface Caller {
  /** The token's `sub`: a rider's id, a member of staff, a login service or a partner's system. */
  readonly subject: string
  readonly roles: ReadonlySet<Role>
  /** Whom a caller with the role `partner` speaks for: `plant:zwickau`. */
  readonly partner?: string | undefined
}

/** The caller, as authentication hands it to the routes. */
export type ApiEnv = { Variables: { caller: Caller; shown?: ShownToCaller } }

/** Handlers of routes with personal data set `shown`; `reason` where the request's body says why. */
interface ShownToCaller extends Shown {
  readonly reason?: string
}

/** Checks the Authorization header. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller | Problem>

/** Every method rejects when its store does not answer. */
export interface ApiStores extends TelemetryReader, SampleMonths, CohortReader {
  /** When the rider owned the bike, oldest first; empty when never, also when there is no such bike. */
  ownershipsOf(bikeId: string, riderId: string): Promise<readonly OwnershipWindow[]>
  readonly ownership: OwnershipService
  readonly consents: Consents
  readonly grants: BikeGrants
  readonly rides: RideReader
  readonly rideNotes: RideNotes
  /** The population prior by which estimates are made now. */
  currentPrior(): Promise<Prior>
  readonly privacyZones: PrivacyZones
  readonly ownRecords: OwnRecords
  readonly erasures: RiderErasures
  /** The certificate, signed with the key of the platform. */
  certify(finished: FinishedErasure): Promise<string>
  latestOf(bikeId: string): Promise<readonly GroupReading[]>
  isRegistered(bikeId: string): Promise<boolean>
  /** Whether the bike has a module that is not revoked. */
  hasModule(bikeId: string): Promise<boolean>
  /** Those in service first, then by enrolment. */
  modulesOf(bikeId: string): Promise<readonly BikeModule[]>
  refusalsOf: RefusalStore['ofBike']
  readonly quarantineOf: QuarantineOfBike
  /** Undefined when no module of the bike has ever connected. */
  presenceOf(bikeId: string): Promise<BikePresence | undefined>
  readonly commands: CommandRequests & CommandReader
  readonly settings: SettingsOfBikes
  readonly live: Live
  /** Tells when the command's state may have changed; the caller ends it. */
  watchCommand(commandId: string): Watch
  readonly fleet: FleetReader
  readonly review: Review
  readonly retraction: Pick<Retraction, 'preview'>
  readonly approvals: Approvals
  readonly accesses: AccessLog
  readonly researchers: ResearchAccess
  /** The platform seals what the partner says, and answers with what became of it. */
  takeStatements(partnerId: string, said: readonly SaidStatement[]): Promise<TakenBatch>
  /** The accepted tracks of an upload of this sender; empty when there are none. */
  readonly tracksOf: UploadPage
}
