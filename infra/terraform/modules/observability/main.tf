locals {
  runbook = "docs/operations.md"
  # Every alarm asks for somebody: each names its page of the runbook.
  alarms = merge(
    {
      errors = {
        says       = "Uploads or answers fail at ours: ${local.runbook}#a-process-is-not-ready", namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count"
        dimensions = { LoadBalancer = var.watched.http_suffix }, statistic = "Sum", above = 50, minutes = 5
      }
      kafka-disk = {
        says       = "Kafka's disks fill: ${local.runbook}#disk", namespace = "AWS/Kafka", metric = "KafkaDataLogsDiskUsed"
        dimensions = { "Cluster Name" = var.watched.kafka_cluster }, statistic = "Maximum", above = 80, minutes = 15
      }
      kafka-copies = {
        says       = "Partitions have too few copies: ${local.runbook}#a-process-is-not-ready", namespace = "AWS/Kafka", metric = "UnderMinIsrPartitionCount"
        dimensions = { "Cluster Name" = var.watched.kafka_cluster }, statistic = "Maximum", above = 0, minutes = 5
      }
      postgres-cpu = {
        says       = "PostgreSQL is busy: ${local.runbook}#lag-grows", namespace = "AWS/RDS", metric = "CPUUtilization"
        dimensions = { DBInstanceIdentifier = var.watched.postgres }, statistic = "Average", above = 80, minutes = 15
      }
    },
    {
      for service in var.watched.services : "running-${service}" => {
        says       = "${service} has no task: ${local.runbook}#a-process-is-not-ready", namespace = "ECS/ContainerInsights", metric = "RunningTaskCount"
        dimensions = { ClusterName = var.watched.cluster_name, ServiceName = service }, statistic = "Minimum", below = 1, minutes = 5
      }
    },
    {
      for group in var.watched.stateful_groups : "node-${group}" => {
        says       = "${group} has no machine: ${local.runbook}#a-process-is-not-ready", namespace = "AWS/AutoScaling", metric = "GroupInServiceInstances"
        dimensions = { AutoScalingGroupName = group }, statistic = "Minimum", below = 1, minutes = 10
      }
    },
    {
      postgres-disk = {
        says       = "PostgreSQL's disk fills: ${local.runbook}#disk", namespace = "AWS/RDS", metric = "FreeStorageSpace"
        dimensions = { DBInstanceIdentifier = var.watched.postgres }, statistic = "Minimum", below = floor(var.watched.postgres_gib * 0.15 * 1073741824), minutes = 15
      }
    },
  )
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_338:A demonstration keeps its logs for days; the environment production asserts a year in its test.
  for_each          = var.log_groups
  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

data "aws_caller_identity" "me" {}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsAndBudgetsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }
      Action    = ["sns:Publish"]
      Resource  = [aws_sns_topic.alarms.arn]
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.me.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_budgets_budget" "this" {
  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    notification_type         = "ACTUAL"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    notification_type         = "FORECASTED"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = try(each.value.above, null) == null ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = try(each.value.above, null) == null ? each.value.below : each.value.above
  # A machine or task that tells nothing is not there; an error that nobody counted did not happen.
  treat_missing_data = try(each.value.above, null) == null ? "breaching" : "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}
