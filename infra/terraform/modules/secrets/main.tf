data "aws_caller_identity" "me" {}
data "aws_region" "here" {}

locals {
  # Services of AWS that encrypt for us; each only in this account.
  services = ["logs.${data.aws_region.here.name}.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
}

# One key for all that one environment keeps: whoever loses it loses the environment, and nothing else.
resource "aws_kms_key" "this" {
  description             = "Everything that ${var.name} keeps"
  enable_key_rotation     = true
  deletion_window_in_days = max(7, var.recovery_days)
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountDecides"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "ServicesEncrypt"
        Effect    = "Allow"
        Principal = { Service = local.services }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.me.account_id } }
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}

module "secret" {
  source        = "../secret"
  for_each      = setunion(var.generated, var.written)
  name          = "${var.name}/${each.key}"
  description   = "Setting ${split("/", each.key)[1]} of ${split("/", each.key)[0]}"
  kms_key_arn   = aws_kms_key.this.arn
  generated     = contains(var.generated, each.key)
  generation    = var.generation
  recovery_days = var.recovery_days
}
