output "address" {
  description = "That stays."
  value       = aws_network_interface.this.private_ip
}
