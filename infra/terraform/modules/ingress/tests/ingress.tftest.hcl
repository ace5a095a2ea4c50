mock_provider "aws" {
  source = "../../testing"
}

override_resource {
  target = aws_acm_certificate.this
  values = {
    arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    domain_validation_options = [
      { domain_name = "upload.mobility.example.com", resource_record_name = "_u.example.com", resource_record_type = "CNAME", resource_record_value = "u.acm" },
      { domain_name = "api.mobility.example.com", resource_record_name = "_a.example.com", resource_record_type = "CNAME", resource_record_value = "a.acm" },
      { domain_name = "console.mobility.example.com", resource_record_name = "_c.example.com", resource_record_type = "CNAME", resource_record_value = "c.acm" },
    ]
  }
}

variables {
  name                    = "mobility-test"
  vpc_id                  = "vpc-0123456789abcdef0"
  public_subnet_ids       = ["subnet-a", "subnet-b", "subnet-c"]
  node_cidrs              = ["10.20.0.0/20"]
  tasks_security_group_id = "sg-0123456789abcdef0"
  domain                  = "mobility.example.com"
  zone_id                 = "Z0123456789"
  paths                   = { edge = ["/v1/telemetry"], api = ["/v1/a/*", "/v1/b", "/v1/c/*/d/*", "/v1/e"] }
  ports                   = { edge = 8080, api = 8081, console = 8082 }
  broker                  = { addresses = { broker-1 = "10.20.0.10", broker-2 = "10.20.16.10", broker-3 = "10.20.32.10" }, port = 8883 }
}

run "documented_paths_pass_and_nothing_else" {
  assert {
    condition     = aws_lb_listener.https.default_action[0].fixed_response[0].status_code == "404"
    error_message = "The rest is 404."
  }
  assert {
    condition = toset(flatten([
      for key, rule in aws_lb_listener_rule.this : flatten([for condition in rule.condition : [for path in condition.path_pattern : path.values]]) if !startswith(key, "console-")
    ])) == toset(flatten(values(var.paths)))
    error_message = "Exactly the paths of the contracts."
  }
  assert {
    condition     = length(distinct([for rule in aws_lb_listener_rule.this : rule.priority])) == length(aws_lb_listener_rule.this)
    error_message = "No two rules in one place."
  }
  assert {
    condition = alltrue([
      for rule in aws_lb_listener_rule.this : sum([for condition in rule.condition : length(flatten(concat([for each in condition.path_pattern : each.values], [for each in condition.host_header : each.values])))]) <= 5
    ])
    error_message = "A rule takes five values."
  }
}

run "tls_everywhere_and_no_other_port" {
  assert {
    condition     = aws_lb_listener.https.protocol == "HTTPS" && startswith(aws_lb_listener.https.ssl_policy, "ELBSecurityPolicy-TLS13")
    error_message = "TLS 1.2 or 1.3."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.https.from_port == 443 && aws_vpc_security_group_ingress_rule.https.to_port == 443
    error_message = "443 alone."
  }
  assert {
    condition     = aws_lb_listener.mqtt[0].protocol == "TCP" && aws_lb_target_group.mqtt[0].proxy_protocol_v2
    error_message = "The broker sees the bike's certificate and address."
  }
}

run "an_address_that_asks_too_much_is_refused" {
  assert {
    condition     = one([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].rate_based_statement[0].limit]) == 20000
    error_message = "By a rate rule."
  }
  assert {
    condition     = aws_wafv2_web_acl_association.this.resource_arn == aws_lb.http.arn
    error_message = "In front of the load balancer."
  }
}

run "phones_alone_need_no_broker" {
  variables { broker = { addresses = {}, port = 8883 } }
  assert {
    condition     = length(aws_lb.mqtt) == 0 && length(aws_vpc_security_group_ingress_rule.mqtts) == 0
    error_message = "No load balancer for bikes."
  }
}

run "a_path_outside_the_contract_is_refused" {
  command = plan
  variables { paths = { edge = ["/v1/telemetry"], api = ["/metrics"] } }
  expect_failures = [var.paths]
}

run "health_and_metrics_are_never_public" {
  command = plan
  variables { ports = { edge = 8080, api = 9090, console = 8082 } }
  expect_failures = [var.ports]
}
