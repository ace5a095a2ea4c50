mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "mobility-test"
  zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
}

run "each_zone_stands_alone" {
  assert {
    condition     = length(output.private_subnets) == 3 && length(output.public_subnet_ids) == 3
    error_message = "Each zone has a private and a public subnet."
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "Each zone has its own way out."
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "Nothing gets a public address by accident."
  }
  assert {
    condition     = length(distinct(concat([for s in aws_subnet.private : s.cidr_block], [for s in aws_subnet.public : s.cidr_block]))) == 6
    error_message = "No two subnets share addresses."
  }
  assert {
    condition     = toset(keys(output.client_security_group_ids)) == toset(["kafka", "postgres", "elasticsearch", "rabbitmq"])
    error_message = "Each engine has a group of clients."
  }
}

run "the_flow_log_writes_its_own_group_alone" {
  assert {
    condition = jsondecode(aws_iam_role_policy.flow.policy).Statement == [{
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Effect   = "Allow"
      Resource = ["${aws_cloudwatch_log_group.flow.arn}:log-stream:*"]
    }]
    error_message = "Least privilege."
  }
}

run "a_demonstration_saves_two_gateways" {
  variables { nat_gateways = 1 }
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "One gateway, and a way to it from each zone."
  }
}

run "two_zones_are_refused" {
  command = plan
  variables { zones = ["eu-central-1a", "eu-central-1b"] }
  expect_failures = [var.zones]
}

run "a_small_network_is_refused" {
  command = plan
  variables { cidr = "10.20.0.0/24" }
  expect_failures = [var.cidr]
}
