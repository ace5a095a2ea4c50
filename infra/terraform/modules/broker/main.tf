locals {
  nodes   = { for index, zone in sort(keys(var.subnets)) : "broker-${index + 1}" => zone }
  names   = { for node, zone in local.nodes : node => "${node}.${var.namespace.name}" }
  files   = "/etc/rabbitmq"
  ports   = { amqps = 5671, management = 15671, mqtts = 8883 }
  peers   = { epmd = 4369, distribution = 25672 }
  secrets = ["erlang-cookie", "server-key", "server-certificate", "authority", "definitions"]
}

resource "aws_security_group" "this" {
  name        = "${var.name}-broker"
  description = "RabbitMQ"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-broker" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each                     = { for name in ["amqps", "management"] : name => local.ports[name] }
  security_group_id            = aws_security_group.this.id
  description                  = "The platform, ${each.key}"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "clients" {
  for_each                     = aws_vpc_security_group_ingress_rule.clients
  security_group_id            = var.client_security_group_id
  description                  = each.value.description
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
}

resource "aws_vpc_security_group_ingress_rule" "bikes" {
  for_each          = toset(var.balancer_cidrs)
  security_group_id = aws_security_group.this.id
  description       = "Bikes, through the load balancer"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = local.ports.mqtts
  to_port           = local.ports.mqtts
}

resource "aws_vpc_security_group_ingress_rule" "peers" {
  for_each                     = local.peers
  security_group_id            = aws_security_group.this.id
  description                  = "Among the nodes, ${each.key}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "peers" {
  for_each                     = local.peers
  security_group_id            = aws_security_group.this.id
  description                  = "Among the nodes, ${each.key}"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Image, secrets, log"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "gatekeeper" {
  security_group_id            = aws_security_group.this.id
  description                  = "What may a module"
  referenced_security_group_id = var.gatekeeper.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.gatekeeper.port
  to_port                      = var.gatekeeper.port
}

resource "aws_vpc_security_group_ingress_rule" "gatekeeper" {
  security_group_id            = var.gatekeeper.security_group_id
  description                  = "The broker asks what a module may"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = var.gatekeeper.port
  to_port                      = var.gatekeeper.port
}

module "secret" {
  source        = "../secret"
  for_each      = toset(local.secrets)
  name          = "${var.name}/broker/${each.key}"
  description   = "Of the nodes of the broker: ${each.key}"
  kms_key_arn   = var.kms_key_arn
  generated     = each.key == "erlang-cookie"
  recovery_days = var.recovery_days
}

module "node" {
  source             = "../node"
  for_each           = local.nodes
  name               = "${var.name}-${each.key}"
  dns                = { zone_id = var.namespace.zone_id, name = local.names[each.key] }
  subnet_id          = var.subnets[each.value]
  zone               = each.value
  security_group_ids = [aws_security_group.this.id]
  ami_id             = var.ami_id
  instance_type      = var.instance_type
  volume             = { gib = var.volume_gib, type = "gp3" }
  kms_key_arn        = var.kms_key_arn
  image              = var.image
  data_path          = "/var/lib/rabbitmq"
  user_id            = 999
  log_group          = var.log_group
  environment = {
    RABBITMQ_NODENAME     = "rabbit@${local.names[each.key]}"
    RABBITMQ_USE_LONGNAME = "true"
    RABBITMQ_DIST_PORT    = tostring(local.peers.distribution)
  }
  files = {
    "${local.files}/rabbitmq.conf" = templatefile("${path.module}/rabbitmq.conf.tftpl", {
      nodes          = values(local.names)
      ports          = local.ports
      files          = local.files
      gatekeeper_url = var.gatekeeper.url
      memory_bytes   = floor(var.memory_gib * 0.4 * 1073741824)
    })
    "${local.files}/enabled_plugins" = "[rabbitmq_mqtt, rabbitmq_management, rabbitmq_auth_backend_http, rabbitmq_auth_backend_cache, rabbitmq_event_exchange, rabbitmq_prometheus].\n"
  }
  secret_files = {
    "/var/lib/rabbitmq/.erlang.cookie"    = module.secret["erlang-cookie"].arn
    "${local.files}/tls/key.pem"          = module.secret["server-key"].arn
    "${local.files}/tls/certificate.pem"  = module.secret["server-certificate"].arn
    "${local.files}/tls/authority.pem"    = module.secret["authority"].arn
    "${local.files}/tls/definitions.json" = module.secret["definitions"].arn
  }
}

# What clients of the platform connect to: any node.
resource "aws_route53_record" "any" {
  # checkov:skip=CKV2_AWS_23:Private; it names a lasting interface.
  zone_id = var.namespace.zone_id
  name    = "broker.${var.namespace.name}"
  type    = "A"
  ttl     = 60
  records = [for node in module.node : node.address]
}
