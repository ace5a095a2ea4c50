output "target_group_arns" {
  description = "By service."
  value       = { for service, group in aws_lb_target_group.this : service => group.arn }
  # A service cannot join a group that no listener uses.
  depends_on = [aws_lb_listener_rule.this]
}

output "urls" {
  description = "By service."
  value       = { for service, host in local.hosts : service => "https://${host}" }
}

output "http_suffix" {
  description = "Of the load balancer of HTTP, as alarms name it."
  value       = aws_lb.http.arn_suffix
}

output "protected" {
  description = "Whether the load balancers refuse to be deleted."
  value       = aws_lb.http.enable_deletion_protection
}
