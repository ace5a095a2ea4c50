// The records of the device authority: modules, the certificates they got, and which of them are revoked.

export interface CertificateRecord {
  /** Hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 of the public key. */
  readonly keySha256: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Serial number of the authority's own certificate. */
  readonly issuer: string
}

export interface KnownDevice {
  readonly bikeId: string
  readonly revoked: boolean
}

/** `unknown`: the authority never issued it to this device. */
export type CertificateState = 'in_service' | 'revoked' | 'ended' | 'unknown'

/** A device, and what is known of the certificate that it shows. */
export interface ShownDevice extends KnownDevice {
  readonly certificate: CertificateState
  /** Its bike's modules sent more than their quota, a while ago. */
  readonly suspended: boolean
}

/** Who did it, such as `console:ada`, and why. */
export interface Act {
  readonly by: string
  readonly reason: string
}

/** A module in service and the end of its last certificate. */
export interface ExpiringDevice {
  readonly deviceId: string
  readonly bikeId: string
  readonly notAfter: Date
}

/** Why a bike that has a module in service may get another one. */
export type FurtherModule = Act &
  (
    | { readonly kind: 'replacement' /** Revoked in the same moment. */; readonly replaces: string }
    | { readonly kind: 'second' /** Two members of staff have agreed. */; readonly proposalId: string }
  )

/** Ids are UUIDs in lower case. A certificate counts as issued when it is kept here, not before. */
export interface DeviceStore {
  find(deviceId: string): Promise<KnownDevice | undefined>
  /**
   * The device with the state of that certificate. Certificates from before they told their number are one: they are in service
   * while one of them is, and revoked when one of them is, since nobody can tell which of them is shown.
   */
  findShown(deviceId: string, serialNumber: string | undefined): Promise<ShownDevice | undefined>
  /**
   * A new device with its first certificate, or nothing. A bike that has a module in service gets no further one silently. Two that
   * are added to one bike at once wait for each other.
   */
  add(device: {
    deviceId: string
    bikeId: string
    certificate: CertificateRecord
    further?: FurtherModule | undefined
    /** Whether it obeys only commands that the platform has signed; fielded firmware does not. */
    verifiesCommands?: boolean | undefined
  }): Promise<'added' | 'device_known' | 'key_known' | 'second_module' | 'replaced_unknown'>
  /** A further certificate of a device that is in service. */
  addCertificate(
    deviceId: string,
    certificate: CertificateRecord,
  ): Promise<'added' | 'device_unknown' | 'device_revoked' | 'key_known'>
  /** For good; the first reason stays. */
  revoke(
    deviceId: string,
    reason: string,
    by?: string,
  ): Promise<'revoked' | 'revoked_before' | 'device_unknown'>
  /** One certificate, for good; the device goes on with its others. */
  revokeCertificate(
    serialNumber: string,
    act: Act,
  ): Promise<'revoked' | 'revoked_before' | 'certificate_unknown'>
  /** From an earlier time on what the module measured is its bike's; the samples that wait for it are decided about anew. */
  backdate(deviceId: string, to: Date, act: Act): Promise<'backdated' | 'not_earlier' | 'device_unknown'>
  /** Devices in service whose last certificate ends before that time, the most urgent first. */
  expiringBefore(time: Date): AsyncIterable<ExpiringDevice>
}
