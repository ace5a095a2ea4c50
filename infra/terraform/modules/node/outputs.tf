output "address" {
  description = "That stays."
  value       = aws_network_interface.this.private_ip
}

output "group_name" {
  description = "The group of one, as alarms and `aws autoscaling start-instance-refresh` name it."
  value       = aws_autoscaling_group.this.name
}
