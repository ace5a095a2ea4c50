import { expect, test } from 'vitest'
import { deviceUsersOf, readDeviceUser } from './device-user.ts'

const deviceId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'

test.each<[string, string, object | undefined]>([
  [
    'a certificate that tells its number',
    `SERIALNUMBER=5d54da,CN=${deviceId}`,
    { deviceId, certificate: '5d54da' },
  ],
  ['one of before', `CN=${deviceId}`, { deviceId, certificate: undefined }],
  ['a broker that logs in by common name', deviceId, { deviceId, certificate: undefined }],
  ['the platform', 'mobility', undefined],
  ['an id as no certificate has it', `CN=${deviceId.toUpperCase()}`, undefined],
  ['a subject with more in it', `OU=x,CN=${deviceId}`, undefined],
  ['two names', `CN=${deviceId},CN=${deviceId}`, undefined],
  ['a number within the name', `CN=${deviceId},SERIALNUMBER=5d54da`, undefined],
  ['a number that is none', `SERIALNUMBER=5d\\,CN=x,CN=${deviceId}`, undefined],
])('%s', (_, user, read) => {
  expect(readDeviceUser(user)).toEqual(read)
})

test.each([{ certificate: '5d54da' }, { certificate: undefined }])(
  'names lead back: %o',
  ({ certificate }) => {
    const users = deviceUsersOf({ deviceId, certificate })
    expect(users.map(readDeviceUser)).toEqual(users.map(() => ({ deviceId, certificate })))
  },
)
