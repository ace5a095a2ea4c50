output "bootstrap_brokers" {
  description = "host:port, separated by commas: SCRAM over TLS."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
}

output "user_secret_arns" {
  description = "By user: a secret with username and password."
  value       = { for user, secret in module.user : user => secret.arn }
}

output "cluster_name" {
  description = "As alarms name it."
  value       = aws_msk_cluster.this.cluster_name
}

output "disk_gib" {
  description = "Of all brokers."
  value       = aws_msk_cluster.this.number_of_broker_nodes * one(one(one(aws_msk_cluster.this.broker_node_group_info).storage_info).ebs_storage_info).volume_size
}
