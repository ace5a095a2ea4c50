# The real provider without an account: mocked ones have no ephemeral resources. Nothing asks AWS; what would is overridden.
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  name        = "mobility-test/fleet/DATABASE_URL"
  description = "Setting DATABASE_URL of fleet"
  kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  generated   = false
}

run "what_others_write_terraform_does_not" {
  command = plan
  assert {
    condition     = length(aws_secretsmanager_secret_version.this) == 0
    error_message = "No value."
  }
  assert {
    condition     = aws_secretsmanager_secret.this.kms_key_id == var.kms_key_arn && aws_secretsmanager_secret.this.recovery_window_in_days == 30
    error_message = "Encrypted, and to be had back for thirty days."
  }
}

run "half_a_generation_is_refused" {
  command = plan
  variables { generation = 1.5 }
  expect_failures = [var.generation]
}

run "three_days_are_refused" {
  command = plan
  variables { recovery_days = 3 }
  expect_failures = [var.recovery_days]
}

run "a_name_with_a_space_is_refused" {
  command = plan
  variables { name = "a b" }
  expect_failures = [var.name]
}

run "what_is_made_up_is_planned_without_being_known" {
  command = plan
  variables {
    generated = true
    username  = "edge"
  }
  assert {
    condition     = aws_secretsmanager_secret_version.this[0].secret_string == null && aws_secretsmanager_secret_version.this[0].secret_string_wo == null
    error_message = "No value in plan or state."
  }
}
