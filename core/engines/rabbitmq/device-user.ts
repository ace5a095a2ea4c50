// The names that modules have as users of the broker: the subject of the certificate that they showed, as RabbitMQ writes it.
import { isUuid } from '../../../proto/index.ts'

export interface DeviceUser {
  /** A UUID in lower case. */
  readonly deviceId: string
  /** The serial number of its certificate, hexadecimal; undefined for one that was issued before certificates told it. */
  readonly certificate: string | undefined
}

const subject = /^(?:SERIALNUMBER=(?<certificate>[0-9a-f]{1,40}),)?CN=(?<deviceId>[0-9a-f-]{36})$/

/**
 * `SERIALNUMBER=5d54…,CN=6f1c…` → `{ deviceId: '6f1c…', certificate: '5d54…' }`. Undefined for what is no module's name, such as the
 * platform's own. A broker that still logs in by common name says the device id alone.
 */
export function readDeviceUser(user: string): DeviceUser | undefined {
  const named = subject.exec(user)?.groups ?? { deviceId: user }
  const { deviceId = '', certificate } = named
  return isUuid(deviceId) && deviceId === deviceId.toLowerCase() ? { deviceId, certificate } : undefined
}

/** All names by which the broker may know a connection with this certificate. */
export function deviceUsersOf({ deviceId, certificate }: DeviceUser): readonly string[] {
  return certificate === undefined
    ? [`CN=${deviceId}`, deviceId]
    : [`SERIALNUMBER=${certificate},CN=${deviceId}`]
}
