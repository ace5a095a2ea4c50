import { expect, test } from 'vitest'
import { faultsOfPlan } from './plan-faults.ts'

const planned = (type: string, action: string) => ({
  type: 'planned_change',
  change: { resource: { addr: `module.x.${type}.this`, resource_type: type }, action },
})
/** As `terraform plan -json` says it. */
const said = (...messages: object[]) =>
  [{ type: 'version' }, ...messages, { type: 'change_summary' }]
    .map((each) => JSON.stringify(each))
    .join('\n')

test('changes in place, and what is new, lose nothing', () => {
  const changes = ['create', 'update', 'read', 'noop'].map((action) => planned('aws_ebs_volume', action))
  expect(faultsOfPlan(said(...changes))).toEqual([])
})

test('whatever would be deleted or replaced is named', () => {
  expect(
    faultsOfPlan(said(planned('aws_db_instance', 'delete'), planned('aws_msk_cluster', 'replace'))),
  ).toEqual(['module.x.aws_db_instance.this: delete', 'module.x.aws_msk_cluster.this: replace'])
})

test('versions of tasks and of configurations may be replaced, but not go', () => {
  expect(faultsOfPlan(said(planned('aws_ecs_task_definition', 'replace')))).toEqual([])
  expect(faultsOfPlan(said(planned('aws_ecs_task_definition', 'delete')))).toHaveLength(1)
})

test('what differed from the state before the plan is no change of the plan', () => {
  const drift = { ...planned('aws_ebs_volume', 'delete'), type: 'resource_drift' }
  expect(faultsOfPlan(said(drift))).toEqual([])
})

test('without a plan there is no verdict', () => {
  expect(() => faultsOfPlan('{"type":"version"}\n')).toThrow('there is no plan')
})
