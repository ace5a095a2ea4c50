# The real provider without an account: mocked ones have no ephemeral resources. Nothing asks AWS; what would is overridden.
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

override_module {
  target  = module.node
  outputs = { address = "10.20.0.10" }
}

variables {
  name                     = "mobility-test"
  vpc_id                   = "vpc-0123456789abcdef0"
  subnets                  = { "eu-central-1a" = "subnet-a", "eu-central-1b" = "subnet-b", "eu-central-1c" = "subnet-c" }
  client_security_group_id = "sg-0123456789abcdef0"
  balancer_cidrs           = ["10.20.128.0/20"]
  gatekeeper               = { url = "http://gatekeeper.mobility-test.internal:8083", port = 8083, security_group_id = "sg-0123456789abcdef1" }
  kms_key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  instance_type            = "m7g.large"
  memory_gib               = 8
  namespace                = { zone_id = "Z1", name = "mobility-test.internal" }
  ami_id                   = "ami-0123456789abcdef0"
  image                    = "docker.io/library/rabbitmq@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  log_group                = { name = "/mobility-test/broker", arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/mobility-test/broker" }
}

run "a_node_in_each_zone" {
  command = plan
  assert {
    condition     = output.hosts == ["broker.mobility-test.internal", "broker-1.mobility-test.internal", "broker-2.mobility-test.internal", "broker-3.mobility-test.internal"]
    error_message = "One name for all, and one for each."
  }
  assert {
    condition     = toset(keys(output.secret_arns)) == toset(["server-key", "server-certificate", "authority", "definitions"])
    error_message = "What an operator writes."
  }
}

run "bikes_come_through_the_balancer_and_clients_by_their_group" {
  command = plan
  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.bikes : [rule.cidr_ipv4, rule.from_port]] == [["10.20.128.0/20", 8883]]
    error_message = "MQTT from the balancer alone."
  }
  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.clients : rule.from_port]) == toset([5671, 15671])
    error_message = "AMQP and management over TLS alone."
  }
}

run "everybody_is_refused" {
  command = plan
  variables { balancer_cidrs = ["0.0.0.0/0"] }
  expect_failures = [var.balancer_cidrs]
}

run "two_nodes_are_refused" {
  command = plan
  variables { subnets = { "eu-central-1a" = "subnet-a", "eu-central-1b" = "subnet-b" } }
  expect_failures = [var.subnets]
}
