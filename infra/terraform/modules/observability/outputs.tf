output "log_groups" {
  description = "By who logs: name and ARN."
  value       = { for who, group in aws_cloudwatch_log_group.this : who => { name = group.name, arn = group.arn } }
}

output "alarm_names" {
  description = "Of all alarms."
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}
