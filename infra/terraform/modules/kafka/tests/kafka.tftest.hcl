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
  name                     = "mobility-test"
  vpc_id                   = "vpc-0123456789abcdef0"
  subnet_ids               = ["subnet-a", "subnet-b", "subnet-c"]
  client_security_group_id = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  volume_gib               = 100
  users                    = ["provision", "edge"]
  log_group_name           = "/mobility-test/kafka"
}

run "no_record_is_lost_with_a_zone" {
  command = plan
  assert {
    condition = alltrue([
      for line in ["default.replication.factor=3", "min.insync.replicas=2", "unclean.leader.election.enable=false", "auto.create.topics.enable=false"] :
      contains(split("\n", aws_msk_configuration.this.server_properties), line)
    ])
    error_message = "Three copies, two on disk, and no topic by accident."
  }
  assert {
    condition     = length(aws_msk_cluster.this.broker_node_group_info[0].client_subnets) == 3
    error_message = "A broker in each zone."
  }
}

run "nobody_without_a_password" {
  command = plan
  assert {
    condition     = aws_msk_cluster.this.client_authentication[0].sasl[0].scram && !aws_msk_cluster.this.client_authentication[0].unauthenticated
    error_message = "SCRAM alone."
  }
  assert {
    condition     = aws_msk_cluster.this.encryption_info[0].encryption_in_transit[0].client_broker == "TLS"
    error_message = "TLS alone."
  }
  assert {
    condition     = strcontains(aws_msk_configuration.this.server_properties, "allow.everyone.if.no.acl.found=false")
    error_message = "What no rule allows is refused."
  }
  assert {
    condition     = toset(keys(output.user_secret_arns)) == toset(["provision", "edge"])
    error_message = "A password for each user."
  }
}

run "the_first_start_is_open" {
  command = plan
  variables { allow_everyone_if_no_acl_found = true }
  assert {
    condition     = strcontains(aws_msk_configuration.this.server_properties, "allow.everyone.if.no.acl.found=true")
    error_message = "Until the rules are written."
  }
}

run "four_brokers_are_refused" {
  command = plan
  variables { brokers = 4 }
  expect_failures = [var.brokers]
}

run "a_cluster_without_administrator_is_refused" {
  command = plan
  variables { users = ["edge"] }
  expect_failures = [var.users]
}

run "zookeeper_is_refused" {
  command = plan
  variables { kafka_version = "3.8.x" }
  expect_failures = [var.kafka_version]
}
