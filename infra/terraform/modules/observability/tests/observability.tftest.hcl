mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "mobility-test"
  kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  emails      = ["on-call@example.com"]
  budget_usd  = 3000
  watched = {
    http_suffix     = "app/mobility-test/0123456789abcdef"
    cluster_name    = "mobility-test"
    kafka_cluster   = "mobility-test"
    postgres        = "mobility-test"
    postgres_gib    = 100
    services        = ["edge", "search"]
    stateful_groups = ["mobility-test-broker-1"]
  }
}

run "whatever_is_missing_is_told" {
  assert {
    condition = length(setsubtract(
      ["mobility-test-running-edge", "mobility-test-running-search", "mobility-test-node-mobility-test-broker-1", "mobility-test-kafka-disk", "mobility-test-postgres-disk"],
      output.alarm_names,
    )) == 0
    error_message = "An alarm for each service, machine and disk."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["running-edge"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["errors"].treat_missing_data == "notBreaching"
    error_message = "Silence of a service is an alarm, silence of errors is none."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 1 && strcontains(alarm.alarm_description, "docs/operations.md#")])
    error_message = "Each alarm tells somebody, and names its page."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["postgres-disk"].threshold == floor(100 * 0.15 * 1073741824)
    error_message = "At 15 % of the disk."
  }
}

run "money_is_watched" {
  assert {
    condition     = aws_budgets_budget.this.limit_amount == "3000" && length(aws_budgets_budget.this.notification) == 2
    error_message = "Before the month is over."
  }
}

run "logs_are_encrypted_and_kept" {
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.kms_key_id == var.kms_key_arn && group.retention_in_days == 365])
    error_message = "For a year."
  }
  assert {
    condition     = jsondecode(aws_sns_topic_policy.alarms.policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Nobody else's alarms."
  }
}

run "nobody_to_tell_is_refused" {
  command = plan
  variables { emails = [] }
  expect_failures = [var.emails]
}

run "no_budget_is_refused" {
  command = plan
  variables { budget_usd = 0 }
  expect_failures = [var.budget_usd]
}
