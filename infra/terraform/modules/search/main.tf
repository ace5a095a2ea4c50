data "aws_caller_identity" "me" {}

locals {
  zones = sort(keys(var.subnets))
  nodes = merge([
    for tier, size in var.tiers : {
      for index in range(size.nodes) : "search-${tier}-${index + 1}" => { tier = tier, size = size, zone = local.zones[index % 3] }
    }
  ]...)
  names   = { for node, _ in local.nodes : node => "${node}.${var.namespace.name}" }
  masters = [for node, each in local.nodes : local.names[node] if each.tier == "hot"]
  ports   = { https = 9200, transport = 9300 }
  config  = "/usr/share/elasticsearch/config"
  bucket  = "${var.name}-search-snapshots-${data.aws_caller_identity.me.account_id}"
}

resource "aws_security_group" "this" {
  name        = "${var.name}-search"
  description = "Elasticsearch"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-search" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  security_group_id            = aws_security_group.this.id
  description                  = "HTTPS"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.https
  to_port                      = local.ports.https
}

resource "aws_vpc_security_group_egress_rule" "clients" {
  security_group_id            = var.client_security_group_id
  description                  = "HTTPS of Elasticsearch"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.https
  to_port                      = local.ports.https
}

resource "aws_vpc_security_group_ingress_rule" "peers" {
  security_group_id            = aws_security_group.this.id
  description                  = "Among the nodes, over TLS"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.transport
  to_port                      = local.ports.transport
}

resource "aws_vpc_security_group_egress_rule" "peers" {
  security_group_id            = aws_security_group.this.id
  description                  = "Among the nodes, over TLS"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.transport
  to_port                      = local.ports.transport
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "Image, secrets, log, snapshots"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

module "secret" {
  source        = "../secret"
  for_each      = toset(["password", "node-key", "node-certificate", "authority", "users", "users-roles", "roles"])
  name          = "${var.name}/search/${each.key}"
  description   = "Of the nodes of Elasticsearch: ${each.key}"
  kms_key_arn   = var.kms_key_arn
  generated     = each.key == "password"
  recovery_days = var.recovery_days
}

module "node" {
  source             = "../node"
  for_each           = local.nodes
  name               = "${var.name}-${each.key}"
  dns                = { zone_id = var.namespace.zone_id, name = local.names[each.key] }
  subnet_id          = var.subnets[each.value.zone]
  zone               = each.value.zone
  security_group_ids = [aws_security_group.this.id]
  ami_id             = var.ami_id
  instance_type      = each.value.size.instance_type
  volume             = { gib = each.value.size.volume_gib, type = each.value.size.volume_type }
  kms_key_arn        = var.kms_key_arn
  image              = var.image
  data_path          = "/usr/share/elasticsearch/data"
  user_id            = 1000
  log_group          = var.log_group
  environment = {
    # Half of the memory, and never so much that pointers grow.
    ES_JAVA_OPTS          = "-Xms${min(30, floor(each.value.size.memory_gib / 2))}g -Xmx${min(30, floor(each.value.size.memory_gib / 2))}g"
    ELASTIC_PASSWORD_FILE = "${local.config}/secrets/password"
  }
  files = {
    "${local.config}/elasticsearch.yml" = templatefile("${path.module}/elasticsearch.yml.tftpl", {
      cluster = var.name
      node    = local.names[each.key]
      roles   = each.value.tier == "hot" ? ["master", "data_content", "data_hot", "ingest"] : ["data_${each.value.tier}"]
      zone    = each.value.zone
      ports   = local.ports
      masters = local.masters
    })
  }
  secret_files = {
    "${local.config}/secrets/password"    = module.secret["password"].arn
    "${local.config}/tls/key.pem"         = module.secret["node-key"].arn
    "${local.config}/tls/certificate.pem" = module.secret["node-certificate"].arn
    "${local.config}/tls/authority.pem"   = module.secret["authority"].arn
    "${local.config}/users"               = module.secret["users"].arn
    "${local.config}/users_roles"         = module.secret["users-roles"].arn
    "${local.config}/roles.yml"           = module.secret["roles"].arn
  }
  statements = [
    { Effect = "Allow", Action = ["s3:ListBucket", "s3:GetBucketLocation"], Resource = [aws_s3_bucket.snapshots.arn] },
    { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], Resource = ["${aws_s3_bucket.snapshots.arn}/*"] },
    { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.kms_key_arn] },
  ]
}

# What clients connect to: hot nodes, which answer for all tiers.
resource "aws_route53_record" "any" {
  # checkov:skip=CKV2_AWS_23:Private; it names a lasting interface.
  zone_id = var.namespace.zone_id
  name    = "search.${var.namespace.name}"
  type    = "A"
  ttl     = 60
  records = [for node, each in local.nodes : module.node[node].address if each.tier == "hot"]
}

resource "aws_s3_bucket" "snapshots" {
  # checkov:skip=CKV_AWS_144:A second region is not part of this platform; docs/deploy.md says how to copy the bucket.
  # checkov:skip=CKV2_AWS_62:Nobody waits for an event of it.
  # checkov:skip=CKV_AWS_18:CloudTrail tells who changed it; a log of each segment would be larger than what it tells.
  bucket = local.bucket
}

resource "aws_s3_bucket_versioning" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_public_access_block" "snapshots" {
  bucket                  = aws_s3_bucket.snapshots.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

# Erasure is complete when the versions of deleted objects are gone: within thirty days.
resource "aws_s3_bucket_lifecycle_configuration" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  rule {
    id     = "erased"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration { noncurrent_days = 21 }
    abort_incomplete_multipart_upload { days_after_initiation = 7 }
  }
}

resource "aws_s3_bucket_policy" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsAlone"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.snapshots.arn, "${aws_s3_bucket.snapshots.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.snapshots]
}
