output "kms_key_arn" {
  description = "The key of the environment."
  value       = aws_kms_key.this.arn
}

output "arns" {
  description = "Of each secret, by service/SETTING."
  value       = { for name, secret in module.secret : name => secret.arn }
}
