locals {
  tasks      = jsondecode(file("${path.module}/../../generated/services.json"))
  paths      = jsondecode(file("${path.module}/../../generated/public-paths.json"))
  running    = { for name, task in local.tasks : name => task if var.devices || !task.forDevices }
  generated  = toset(["analytics/ANALYTICS_PSEUDONYM_SECRET", "console/CONSOLE_SESSION_SECRET"])
  needed     = toset(flatten([for name, task in local.running : [for setting in task.secrets : "${name}/${setting}" if setting != "KAFKA_PASSWORD_FILE"]]))
  kafka      = toset([for name, task in local.running : name if contains(task.engines, "kafka")])
  gatekeeper = local.tasks.gatekeeper.port
  recovery   = var.expendable ? 0 : 30
  subnets    = module.network.private_subnets
  subnet_ids = [for zone in var.zones : local.subnets[zone]]
}

module "secrets" {
  source        = "../secrets"
  name          = var.name
  generated     = local.generated
  written       = setsubtract(local.needed, setunion(local.generated, var.owner.absent_secrets))
  recovery_days = local.recovery
}

module "network" {
  source             = "../network"
  name               = var.name
  zones              = var.zones
  nat_gateways       = var.expendable ? 1 : 3
  kms_key_arn        = module.secrets.kms_key_arn
  log_retention_days = var.expendable ? 7 : 365
}

module "kafka" {
  source                         = "../kafka"
  name                           = var.name
  vpc_id                         = module.network.vpc_id
  subnet_ids                     = local.subnet_ids
  client_security_group_id       = module.network.client_security_group_ids["kafka"]
  kms_key_arn                    = module.secrets.kms_key_arn
  kafka_version                  = var.kafka_version
  instance_type                  = var.sizes.kafka.instance_type
  brokers                        = var.sizes.kafka.brokers
  volume_gib                     = var.sizes.kafka.volume_gib
  users                          = local.kafka
  allow_everyone_if_no_acl_found = var.first_start
  log_group_name                 = module.observability.log_groups["kafka"].name
  recovery_days                  = local.recovery
}

module "postgres" {
  source                   = "../postgres"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = local.subnet_ids
  client_security_group_id = module.network.client_security_group_ids["postgres"]
  kms_key_arn              = module.secrets.kms_key_arn
  instance_class           = var.sizes.postgres.instance_class
  storage_gib              = var.sizes.postgres.storage_gib
  most_storage_gib         = var.sizes.postgres.most_storage_gib
  multi_az                 = !var.expendable
  deletion_protection      = !var.expendable
}

module "search" {
  source                   = "../search"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnets                  = local.subnets
  client_security_group_id = module.network.client_security_group_ids["elasticsearch"]
  kms_key_arn              = module.secrets.kms_key_arn
  tiers                    = var.sizes.search
  namespace                = module.network.namespace
  ami_id                   = var.owner.ami_id
  image                    = var.owner.search_image
  log_group                = module.observability.log_groups["search"]
  recovery_days            = local.recovery
}

module "broker" {
  source                   = "../broker"
  count                    = var.devices ? 1 : 0
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnets                  = local.subnets
  client_security_group_id = module.network.client_security_group_ids["rabbitmq"]
  balancer_cidrs           = module.network.public_cidrs
  gatekeeper = {
    url               = "http://gatekeeper.${module.network.namespace.name}:${local.gatekeeper}"
    port              = local.gatekeeper
    security_group_id = module.network.tasks_security_group_id
  }
  kms_key_arn   = module.secrets.kms_key_arn
  instance_type = var.sizes.broker.instance_type
  memory_gib    = var.sizes.broker.memory_gib
  volume_gib    = var.sizes.broker.volume_gib
  namespace     = module.network.namespace
  ami_id        = var.owner.ami_id
  image         = var.owner.broker_image
  log_group     = module.observability.log_groups["broker"]
  recovery_days = local.recovery
}

module "ingress" {
  source                  = "../ingress"
  name                    = var.name
  vpc_id                  = module.network.vpc_id
  public_subnet_ids       = module.network.public_subnet_ids
  node_cidrs              = module.network.private_cidrs
  tasks_security_group_id = module.network.tasks_security_group_id
  domain                  = var.owner.domain
  zone_id                 = var.owner.zone_id
  paths                   = local.paths
  ports                   = { for service in ["edge", "api", "console"] : service => local.tasks[service].port }
  broker                  = { addresses = var.devices ? module.broker[0].addresses : {}, port = 8883 }
  deletion_protection     = !var.expendable
}

module "services" {
  source            = "../services"
  name              = var.name
  image             = var.owner.image
  repository_arn    = var.owner.repository_arn
  tasks             = local.tasks
  devices           = var.devices
  sizes             = var.sizes.services
  subnet_ids        = local.subnet_ids
  security_groups   = { tasks = module.network.tasks_security_group_id, clients = module.network.client_security_group_ids }
  namespace_id      = module.network.namespace.id
  target_group_arns = module.ingress.target_group_arns
  log_group         = module.observability.log_groups["services"]
  kms_key_arn       = module.secrets.kms_key_arn
  authorities       = var.owner.authorities
  secret_arns       = merge(module.secrets.arns, { for user, arn in module.kafka.user_secret_arns : "${user}/KAFKA_PASSWORD_FILE" => arn })
  settings = merge({
    KAFKA_BROKERS           = module.kafka.bootstrap_brokers
    KAFKA_SECURITY_PROTOCOL = "SASL_SSL"
    ELASTICSEARCH_URL       = module.search.url
    API_URL                 = module.ingress.urls["api"]
    CONSOLE_URL             = module.ingress.urls["console"]
    TRUSTED_PROXIES         = "1"
    SNAPSHOT_REPOSITORY     = "s3"
  }, var.owner.settings)
}

module "observability" {
  source      = "../observability"
  name        = var.name
  kms_key_arn = module.secrets.kms_key_arn
  emails      = var.owner.emails
  budget_usd  = var.owner.budget_usd
  log_days    = var.expendable ? 7 : 365
  watched = {
    http_suffix     = module.ingress.http_suffix
    cluster_name    = module.services.cluster_name
    kafka_cluster   = module.kafka.cluster_name
    postgres        = module.postgres.identifier
    postgres_gib    = var.sizes.postgres.storage_gib
    services        = module.services.names
    stateful_groups = concat(module.search.group_names, flatten(module.broker[*].group_names))
  }
}
