output "arn" {
  description = "By which a task or an engine asks for it."
  value       = aws_secretsmanager_secret.this.arn
  # Whoever reads it finds a value.
  depends_on = [aws_secretsmanager_secret_version.this]
}
