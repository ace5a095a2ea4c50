resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV2_AWS_57:Engines must learn a new value first; docs/deploy.md has the order for each.
  name                    = var.name
  description             = var.description
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_days
}

# Ephemeral and write-only: neither plan nor state ever holds a value.
ephemeral "aws_secretsmanager_random_password" "this" {
  count               = var.generated ? 1 : 0
  password_length     = 48
  exclude_punctuation = true
  # False; and not known before the secret exists, so that the plan of a new one asks AWS nothing.
  include_space = aws_secretsmanager_secret.this.arn == ""
}

resource "aws_secretsmanager_secret_version" "this" {
  count     = var.generated ? 1 : 0
  secret_id = aws_secretsmanager_secret.this.id
  secret_string_wo = (
    var.username == null
    ? one(ephemeral.aws_secretsmanager_random_password.this[*].random_password)
    : jsonencode({
      username = var.username
      password = one(ephemeral.aws_secretsmanager_random_password.this[*].random_password)
    })
  )
  secret_string_wo_version = var.generation
}
