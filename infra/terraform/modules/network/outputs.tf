output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "private_subnets" {
  description = "Id of the private subnet of each zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "private_cidrs" {
  description = "Of the private subnets: where nodes and tasks are."
  value       = [for zone in var.zones : aws_subnet.private[zone].cidr_block]
}

output "public_subnet_ids" {
  description = "Of load balancers."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "public_cidrs" {
  description = "Of those subnets: whence load balancers come."
  value       = [for zone in var.zones : aws_subnet.public[zone].cidr_block]
}

output "tasks_security_group_id" {
  description = "Every task wears it."
  value       = aws_security_group.tasks.id
}

output "client_security_group_ids" {
  description = "By engine: whoever wears it may reach that engine."
  value       = { for engine, group in aws_security_group.clients : engine => group.id }
}

output "namespace" {
  description = "Private DNS: its id, its name and its hosted zone."
  value = {
    id      = aws_service_discovery_private_dns_namespace.this.id
    name    = aws_service_discovery_private_dns_namespace.this.name
    zone_id = aws_service_discovery_private_dns_namespace.this.hosted_zone
  }
}
