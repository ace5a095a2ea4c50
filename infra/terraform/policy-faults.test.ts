import { expect, test } from 'vitest'
import { policyFaults } from './policy-faults.ts'

const state = (type: string, ...statements: object[]) => {
  const policy = JSON.stringify({ Statement: statements })
  return { resources: [{ module: 'module.x', type, name: 'this', instances: [{ attributes: { policy } }] }] }
}
const allow = (Action: string | string[], Resource: string | string[]) => ({
  Effect: 'Allow',
  Action,
  Resource,
})

test('named actions on named resources are right', () => {
  expect(
    policyFaults(state('aws_iam_role_policy', allow(['s3:GetObject'], 'arn:aws:s3:::snapshots/*'))),
  ).toEqual([])
})

test('a star as a resource or in an action is a fault', () => {
  const statements = [allow('s3:GetObject', '*'), allow(['s3:*'], ['arn:aws:s3:::snapshots'])]
  expect(policyFaults(state('aws_iam_role_policy', ...statements))).toEqual([
    'module.x.aws_iam_role_policy.this allows s3:GetObject on *',
    'module.x.aws_iam_role_policy.this allows s3:* on arn:aws:s3:::snapshots',
  ])
})

test('what is named with its reason is right for its type alone', () => {
  expect(policyFaults(state('aws_kms_key', allow('kms:*', '*')))).toEqual([])
  expect(policyFaults(state('aws_iam_role_policy', allow('kms:*', '*')))).toHaveLength(1)
})

test('what a statement takes away is not allowed', () => {
  expect(
    policyFaults(state('aws_s3_bucket_policy', { Effect: 'Deny', Action: 's3:*', Resource: '*' })),
  ).toEqual([])
})

test('what a statement excepts leaves all others', () => {
  const others = { Effect: 'Allow', NotAction: 'iam:PassRole', NotResource: 'arn:aws:s3:::snapshots' }
  expect(policyFaults(state('aws_iam_role_policy', others))).toEqual([
    'module.x.aws_iam_role_policy.this allows * on *',
  ])
})

test('a state without a policy has no verdict', () => {
  const bare = { type: 'aws_vpc', name: 'this', instances: [{ attributes: {} }] }
  expect(() => policyFaults({ resources: [bare] })).toThrow('no policy')
})
