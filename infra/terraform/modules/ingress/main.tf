locals {
  admin_port = 9090
  hosts      = { edge = "upload.${var.domain}", api = "api.${var.domain}", console = "console.${var.domain}" }
  health     = { edge = "/readyz", api = "/readyz/api", console = "/readyz/console" }
  bikes      = length(var.broker.addresses) > 0
  # A rule takes five values, of which its host is one, and six wildcards; a path of ours has two at most. Pages of the console are in no contract.
  rules = merge([
    for service, paths in merge(var.paths, { console = ["/*"] }) : {
      for index, some in chunklist(paths, 3) : "${service}-${index}" => { service = service, paths = some }
    }
  ]...)
  # Positions must not move when a path is added to another service.
  first = { edge = 1, api = 100, console = 1000 }
}

resource "aws_acm_certificate" "this" {
  domain_name               = local.hosts.edge
  subject_alternative_names = [local.hosts.api, local.hosts.console]
  validation_method         = "DNS"
  lifecycle { create_before_destroy = true }
}

resource "aws_route53_record" "proof" {
  for_each        = toset(values(local.hosts))
  zone_id         = var.zone_id
  allow_overwrite = true
  ttl             = 300
  type            = "CNAME"
  name            = one([for proof in aws_acm_certificate.this.domain_validation_options : proof.resource_record_name if proof.domain_name == each.key])
  records         = [for proof in aws_acm_certificate.this.domain_validation_options : proof.resource_record_value if proof.domain_name == each.key]
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_security_group" "alb" {
  name        = "${var.name}-alb"
  description = "Load balancer of HTTP"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.alb.id
  description       = "Everybody, HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  for_each                     = merge(var.ports, { health = local.admin_port })
  security_group_id            = aws_security_group.alb.id
  description                  = each.key
  referenced_security_group_id = var.tasks_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  for_each                     = merge(var.ports, { health = local.admin_port })
  security_group_id            = var.tasks_security_group_id
  description                  = "The load balancer, ${each.key}"
  referenced_security_group_id = aws_security_group.alb.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_lb" "http" {
  # checkov:skip=CKV_AWS_91:Its log would keep the paths of riders and bikes; edge and API count what they answer.
  # checkov:skip=CKV_AWS_150:The demonstration may be deleted; the environment production asserts protection in its test.
  # checkov:skip=CKV2_AWS_76:Java takes no request here, and a body of telemetry is binary: a false match would lose it.
  # checkov:skip=CKV2_AWS_20:Port 80 is closed: nobody sends a token in plain text to be redirected.
  name                       = var.name
  load_balancer_type         = "application"
  subnets                    = var.public_subnet_ids
  security_groups            = [aws_security_group.alb.id]
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.deletion_protection
}

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer; behind it are private subnets and security groups (docs/decisions/transport.md).
  for_each             = local.hosts
  name                 = "${var.name}-${each.key}"
  port                 = var.ports[each.key]
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  deregistration_delay = 30
  health_check {
    path                = local.health[each.key]
    port                = tostring(local.admin_port)
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
  lifecycle { create_before_destroy = true }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.http.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.this.certificate_arn
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "application/json"
      message_body = jsonencode({ status = 404, reason = "not_found" })
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each     = local.rules
  listener_arn = aws_lb_listener.https.arn
  priority     = local.first[each.value.service] + tonumber(reverse(split("-", each.key))[0])
  condition {
    host_header { values = [local.hosts[each.value.service]] }
  }
  condition {
    path_pattern { values = each.value.paths }
  }
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.value.service].arn
  }
}

resource "aws_wafv2_web_acl" "this" {
  # checkov:skip=CKV_AWS_192:Java takes no request here, and a body of telemetry is binary: a false match would lose it.
  # checkov:skip=CKV2_AWS_31:Its log would keep addresses and paths of riders; its metrics count.
  name  = var.name
  scope = "REGIONAL"
  default_action {
    allow {}
  }
  rule {
    name     = "rate"
    priority = 1
    action {
      block {}
    }
    statement {
      rate_based_statement {
        limit              = var.requests_per_five_minutes
        aggregate_key_type = "IP"
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-rate"
      sampled_requests_enabled   = false
    }
  }
  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = aws_lb.http.arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}

resource "aws_route53_record" "http" {
  for_each = local.hosts
  zone_id  = var.zone_id
  name     = each.value
  type     = "A"
  alias {
    name                   = aws_lb.http.dns_name
    zone_id                = aws_lb.http.zone_id
    evaluate_target_health = true
  }
}

# Bikes: TLS passes through to the broker, which asks for their certificates.
resource "aws_security_group" "nlb" {
  count       = local.bikes ? 1 : 0
  name        = "${var.name}-nlb"
  description = "Load balancer of bikes"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-nlb" }
}

resource "aws_vpc_security_group_ingress_rule" "mqtts" {
  count             = local.bikes ? 1 : 0
  security_group_id = aws_security_group.nlb[0].id
  description       = "Bikes, MQTT over TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = var.broker.port
  to_port           = var.broker.port
}

resource "aws_vpc_security_group_egress_rule" "mqtts" {
  for_each          = toset(local.bikes ? var.node_cidrs : [])
  security_group_id = aws_security_group.nlb[0].id
  description       = "Nodes of the broker"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = var.broker.port
  to_port           = var.broker.port
}

resource "aws_lb" "mqtt" {
  # checkov:skip=CKV_AWS_91:Its log would keep the addresses of bikes, which are those of riders.
  # checkov:skip=CKV_AWS_150:The demonstration may be deleted; the environment production asserts protection in its test.
  count                            = local.bikes ? 1 : 0
  name                             = "${var.name}-mqtt"
  load_balancer_type               = "network"
  subnets                          = var.public_subnet_ids
  security_groups                  = [aws_security_group.nlb[0].id]
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.deletion_protection
}

resource "aws_lb_target_group" "mqtt" {
  count                  = local.bikes ? 1 : 0
  name                   = "${var.name}-mqtt"
  port                   = var.broker.port
  protocol               = "TCP"
  target_type            = "ip"
  vpc_id                 = var.vpc_id
  proxy_protocol_v2      = true
  connection_termination = true
  deregistration_delay   = 60
  health_check {
    protocol = "TCP"
    interval = 10
  }
}

resource "aws_lb_target_group_attachment" "mqtt" {
  for_each         = var.broker.addresses
  target_group_arn = aws_lb_target_group.mqtt[0].arn
  target_id        = each.value
}

resource "aws_lb_listener" "mqtt" {
  count             = local.bikes ? 1 : 0
  load_balancer_arn = aws_lb.mqtt[0].arn
  port              = var.broker.port
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.mqtt[0].arn
  }
}

resource "aws_route53_record" "mqtt" {
  count   = local.bikes ? 1 : 0
  zone_id = var.zone_id
  name    = "mqtt.${var.domain}"
  type    = "A"
  alias {
    name                   = aws_lb.mqtt[0].dns_name
    zone_id                = aws_lb.mqtt[0].zone_id
    evaluate_target_health = true
  }
}
