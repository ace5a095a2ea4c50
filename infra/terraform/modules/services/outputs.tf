output "cluster_name" {
  description = "As `aws ecs run-task` and alarms name it."
  value       = aws_ecs_cluster.this.name
}

output "names" {
  description = "Of the services that run."
  value       = keys(aws_ecs_service.this)
}

output "task_definitions" {
  description = "By task: what `aws ecs run-task` takes."
  value       = { for name, task in aws_ecs_task_definition.this : name => task.family }
}

output "processes" {
  description = "By service: how many there are at most, and units of CPU of each."
  value = {
    for name, target in aws_appautoscaling_target.this :
    name => { most = target.max_capacity, cpu = tonumber(aws_ecs_task_definition.this[name].cpu) }
  }
}
