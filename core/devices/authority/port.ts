// What the device authority keeps: modules, the certificates they got, and which of them are revoked.

export interface CertificateRecord {
  /** Hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 of the public key. */
  readonly keySha256: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface KnownDevice {
  readonly bikeId: string
  readonly revoked: boolean
}

/** A module in service and the end of its last certificate. */
export interface ExpiringDevice {
  readonly deviceId: string
  readonly bikeId: string
  readonly notAfter: Date
}

/** Ids are UUIDs in lower case. A certificate counts as issued when it is kept here, not before. */
export interface DeviceStore {
  find(deviceId: string): Promise<KnownDevice | undefined>
  /** A new device with its first certificate, or nothing. */
  add(device: {
    deviceId: string
    bikeId: string
    certificate: CertificateRecord
  }): Promise<'added' | 'device_known' | 'key_known'>
  /** A further certificate of a device that is in service. */
  addCertificate(
    deviceId: string,
    certificate: CertificateRecord,
  ): Promise<'added' | 'device_unknown' | 'device_revoked' | 'key_known'>
  /** For good; the first reason stays. */
  revoke(deviceId: string, reason: string): Promise<'revoked' | 'revoked_before' | 'device_unknown'>
  /** Devices in service whose last certificate ends before that time, the most urgent first. */
  expiringBefore(time: Date): AsyncIterable<ExpiringDevice>
}
