// Reads a plan as `terraform plan -json` tells it: whoever keeps data or an address must stay. Pure.

interface Change {
  readonly resource: { readonly addr: string; readonly resource_type: string }
  readonly action: string
}

/** A new version of these is a new resource; nothing is lost with the older one. */
const replaceable = ['aws_ecs_task_definition', 'aws_msk_configuration']

/** `['module.platform.module.kafka.aws_msk_cluster.this: replace']`. Throws an Error when no plan was made. */
export function faultsOfPlan(said: string): string[] {
  const lines = said.split('\n')
  if (!lines.some((line) => line.includes('"type":"change_summary"'))) throw new Error('there is no plan')
  return lines
    .filter((line) => line.includes('"type":"planned_change"'))
    .map((line) => (JSON.parse(line) as { change: Change }).change)
    .filter(
      ({ action, resource }) =>
        action === 'delete' || (action === 'replace' && !replaceable.includes(resource.resource_type)),
    )
    .map(({ action, resource }) => `${resource.addr}: ${action}`)
}
