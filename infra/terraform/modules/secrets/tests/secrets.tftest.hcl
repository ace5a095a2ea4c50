# The real provider without an account: mocked ones have no ephemeral resources. Nothing asks AWS; what would is overridden.
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

override_data {
  target = data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}

variables {
  name      = "mobility-test"
  generated = ["console/CONSOLE_SESSION_SECRET"]
  written   = ["fleet/DATABASE_URL", "api/DATABASE_URL"]
}

run "each_service_has_secrets_of_its_own" {
  command = plan
  assert {
    condition     = toset(keys(output.arns)) == toset(["console/CONSOLE_SESSION_SECRET", "fleet/DATABASE_URL", "api/DATABASE_URL"])
    error_message = "One secret a service and setting."
  }
}

run "the_key_serves_this_account_alone" {
  command = plan
  assert {
    condition = alltrue([
      for each in jsondecode(aws_kms_key.this.policy).Statement :
      try(each.Principal.AWS == "arn:aws:iam::123456789012:root", false) ||
      try(each.Condition.StringEquals["aws:SourceAccount"] == "123456789012", false)
    ])
    error_message = "Every statement names the account."
  }
  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key is rotated."
  }
}

run "a_secret_has_one_author" {
  command = plan
  variables { written = ["console/CONSOLE_SESSION_SECRET"] }
  expect_failures = [var.written]
}

run "half_a_generation_is_refused" {
  command = plan
  variables { generation = 1.5 }
  expect_failures = [var.generation]
}
