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

output "kept" {
  description = "How the data are held: a standby, protection, days of backup, and the disk of one copy in GiB."
  value = {
    standby     = aws_db_instance.this.multi_az
    protected   = aws_db_instance.this.deletion_protection
    backup_days = aws_db_instance.this.backup_retention_period
    gib         = aws_db_instance.this.allocated_storage
  }
}
