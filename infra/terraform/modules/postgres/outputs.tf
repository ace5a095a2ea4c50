output "address" {
  description = "Host and port."
  value       = "${aws_db_instance.this.address}:${local.port}"
}

output "administrator_secret_arn" {
  description = "AWS keeps the administrator's password there, and changes it every seven days."
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}

output "identifier" {
  description = "As alarms name it."
  value       = aws_db_instance.this.identifier
}
