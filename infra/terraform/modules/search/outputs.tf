output "url" {
  description = "Of the hot nodes."
  value       = "https://${aws_route53_record.any.name}:${local.ports.https}"
}

output "hosts" {
  description = "Names that the certificate of the nodes must bear."
  value       = concat([aws_route53_record.any.name], values(local.names))
}

output "snapshot_bucket" {
  description = "For the repository of snapshots, which an operator registers."
  value       = aws_s3_bucket.snapshots.bucket
}

output "secret_arns" {
  description = "Which an operator writes before the first start."
  value       = { for name, secret in module.secret : name => secret.arn if name != "password" }
}

output "group_names" {
  description = "The group of one of each node."
  value       = [for node in keys(local.nodes) : "${var.name}-${node}"]
}
