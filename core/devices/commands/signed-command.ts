// Signs commands for modules that verify them: what the signature covers, and where it stands in the message. Pure.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { CommandSchema, SignedCommandSchema } from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes } from '../../../proto/index.ts'

/** A key that the device authority has certified for commands. */
export interface SigningKey {
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly keyId: Uint8Array
  /** In DER: its own, then those that vouch for it, without the root. */
  readonly certificates: readonly Uint8Array[]
  /** When the first of them ends, Unix milliseconds: from then on no module obeys. */
  readonly endsAtMs: number
  /** ES256, r and s of 32 bytes each. */
  sign(bytes: Uint8Array): Uint8Array
}

/**
 * The payload for bikes/{bikeId}/commands: the Command with its signature, of use for these modules of its bike only.
 *
 * `Command {lock}`, `[d1]` → `Command {lock, signed: SignedCommand {lock, device_ids: [d1]}, signature, key_id, certificates}`
 */
export function signCommand(
  payload: Uint8Array,
  deviceIds: readonly string[],
  key: Pick<SigningKey, 'keyId' | 'certificates' | 'sign'>,
): Uint8Array {
  const command = fromBinary(CommandSchema, payload)
  const { commandId, bikeId, createdAtMs, expiresAtMs, action } = command
  const covered = { commandId, bikeId, createdAtMs, expiresAtMs, action, deviceIds: deviceIds.map(uuidBytes) }
  const signed = toBinary(SignedCommandSchema, create(SignedCommandSchema, covered))
  const { keyId, certificates } = key
  const signature = key.sign(signed)
  return toBinary(
    CommandSchema,
    create(CommandSchema, { ...command, signed, signature, keyId, certificates: [...certificates] }),
  )
}
