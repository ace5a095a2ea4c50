output "urls" {
  description = "By service, for riders, apps and staff."
  value       = module.ingress.urls
}

output "cluster" {
  description = "Of the tasks, as `aws ecs` names it."
  value       = module.services.cluster_name
}

output "task_definitions" {
  description = "By task."
  value       = module.services.task_definitions
}

output "network" {
  description = "Of `aws ecs run-task`: subnets, and the security groups of provision."
  value = {
    subnets         = local.subnet_ids
    security_groups = concat([module.network.tasks_security_group_id], [for engine in local.tasks.provision.engines : module.network.client_security_group_ids[engine]])
  }
}

output "secrets_to_write" {
  description = "Which an operator writes before the first start, by name."
  value = concat(
    [for name, arn in module.secrets.arns : "${var.name}/${name}" if !contains(local.generated, name)],
    [for name in keys(module.search.secret_arns) : "${var.name}/search/${name}"],
    flatten([for broker in module.broker : [for name in keys(broker.secret_arns) : "${var.name}/broker/${name}"]]),
  )
}

output "hosts" {
  description = "Names that the certificates of the nodes must bear."
  value       = { search = module.search.hosts, broker = flatten(module.broker[*].hosts) }
}

output "postgres" {
  description = "Address, and where AWS keeps the administrator's password."
  value       = { address = module.postgres.address, administrator_secret_arn = module.postgres.administrator_secret_arn }
}

output "snapshot_bucket" {
  description = "Of Elasticsearch."
  value       = module.search.snapshot_bucket
}

output "planned" {
  description = "Disks and processes as planned, to be held against the model: disks of Kafka in GiB, of PostgreSQL, and processes by service."
  value       = { kafka_gib = module.kafka.disk_gib, postgres = module.postgres.kept, processes = module.services.processes }
}

output "protected" {
  description = "Whether load balancers and PostgreSQL refuse to be deleted."
  value       = module.ingress.protected && module.postgres.kept.protected
}
