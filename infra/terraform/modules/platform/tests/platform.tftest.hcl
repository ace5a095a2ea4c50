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
  target = module.secrets.data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}
override_data {
  target = module.search.data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}
override_data {
  target = module.observability.data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}
override_module {
  target  = module.search.module.node
  outputs = { address = "10.20.0.20" }
}
override_module {
  target  = module.broker[0].module.node
  outputs = { address = "10.20.0.10" }
}

variables {
  name        = "mobility-test"
  zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  expendable  = false
  first_start = false
  devices     = true
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
  sizes = {
    kafka    = { instance_type = "kafka.m7g.large", brokers = 3, volume_gib = 100 }
    postgres = { instance_class = "db.r7g.large", storage_gib = 100, most_storage_gib = 200 }
    search   = { hot = { nodes = 3, instance_type = "r7g.large", memory_gib = 16, volume_gib = 100, volume_type = "gp3" } }
    broker   = { instance_type = "m7g.large", memory_gib = 8, volume_gib = 50 }
    services = { edge = { cpu = 256, memory_mib = 512, least = 2, day = 2, most = 4 } }
  }
}

run "every_service_runs_and_has_its_secrets" {
  command = plan
  assert {
    condition = toset([for name, _ in module.secrets.arns : name]) == toset(flatten([
      for name, task in local.tasks : [for setting in task.secrets : "${name}/${setting}" if setting != "KAFKA_PASSWORD_FILE" && "${name}/${setting}" != "console/OIDC_CLIENT_SECRET"]
    ]))
    error_message = "One for each service and setting, but for the optional one."
  }
  assert {
    condition     = toset(keys(module.kafka.user_secret_arns)) == toset([for name, task in local.tasks : name if contains(task.engines, "kafka")])
    error_message = "A user of Kafka for each service that uses it."
  }
  assert {
    condition     = toset(module.services.names) == toset([for name, task in local.tasks : name if !task.once])
    error_message = "Every service runs."
  }
}

run "phones_alone_need_no_broker" {
  command = plan
  variables { devices = false }
  assert {
    condition     = length(module.broker) == 0 && length(setintersection(module.services.names, [for name, task in local.tasks : name if task.forDevices])) == 0
    error_message = "Neither a broker nor what serves modules."
  }
}

run "an_issuer_is_needed" {
  command = plan
  variables {
    owner = {
      domain = "mobility.example.com", zone_id = "Z1", image = "x", repository_arn = "x", ami_id = "x", broker_image = "x", search_image = "x"
      emails = [], budget_usd = 1, authorities = {}, settings = {}
    }
  }
  expect_failures = [var.owner]
}
