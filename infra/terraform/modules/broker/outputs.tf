output "addresses" {
  description = "Of the nodes, for the load balancer of the bikes."
  value       = { for name, node in module.node : name => node.address }
}

output "hosts" {
  description = "Names that the certificate of the nodes must bear."
  value       = concat([aws_route53_record.any.name], values(local.names))
}

output "mqtts_port" {
  description = "Of the bikes."
  value       = local.ports.mqtts
}

output "secret_arns" {
  description = "Which an operator writes before the first start."
  value       = { for name, secret in module.secret : name => secret.arn if name != "erlang-cookie" }
}

output "group_names" {
  description = "The group of one of each node."
  value       = [for node in keys(local.nodes) : "${var.name}-${node}"]
}
