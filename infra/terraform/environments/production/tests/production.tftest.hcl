# The real provider without an account: ephemeral resources, schemas and rules are real. Nothing asks AWS; what would is overridden.
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

override_data {
  target = module.platform.module.secrets.data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}
override_data {
  target = module.platform.module.search.data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}
override_data {
  target = module.platform.module.observability.data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}
override_module {
  target  = module.platform.module.search.module.node
  outputs = { address = "10.20.0.20" }
}
override_module {
  target  = module.platform.module.broker[0].module.node
  outputs = { address = "10.20.0.10" }
}

variables {
  owner = {
    domain         = "mobility.example.com"
    zone_id        = "Z0123456789"
    image          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mobility@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/mobility"
    ami_id         = "ami-0123456789abcdef0"
    broker_image   = "docker.io/library/rabbitmq@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    search_image   = "docker.elastic.co/elasticsearch/elasticsearch@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    emails         = ["on-call@example.com"]
    budget_usd     = 5000
    authorities    = { postgres = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n" }
    settings = {
      JWKS_URL        = "https://login.example.com/jwks", JWT_ISSUER = "https://login.example.com", JWT_AUDIENCE = "mobility"
      OIDC_ISSUER_URL = "https://login.example.com", OIDC_CLIENT_ID = "console", STATEMENT_AUDIENCE = "mobility.example.com"
    }
  }
}

run "it_is_as_large_as_the_model_says_and_loses_nothing" {
  command = plan
  assert {
    condition     = module.platform.planned.kafka_gib == var.sizes.kafka.brokers * var.sizes.kafka.volume_gib
    error_message = "Disks of Kafka."
  }
  assert {
    condition     = module.platform.planned.postgres.gib == var.sizes.postgres.storage_gib
    error_message = "Disk of PostgreSQL."
  }
  assert {
    condition     = { for name, each in module.platform.planned.processes : name => [each.most, each.cpu] } == { for name, size in var.sizes.services : name => [size.most, size.cpu] }
    error_message = "Processes of each service."
  }
  assert {
    condition     = module.platform.protected && module.platform.planned.postgres.standby && module.platform.planned.postgres.backup_days >= 14
    error_message = "A standby, two weeks of backups, and protection against deletion."
  }
}

run "sizes_of_no_fleet_are_refused" {
  command = plan
  variables { sizes = {} }
  expect_failures = [var.sizes]
}
