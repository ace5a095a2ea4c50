# Copy to owner.auto.tfvars, which is yours: none of this is secret.
owner = {
  domain         = "mobility.example.com"
  zone_id        = "Z0123456789ABCDEFGHIJ"
  image          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mobility@sha256:…"
  repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/mobility"
  ami_id         = "ami-…"
  # RabbitMQ 3.12 and Elasticsearch 8.19, by their digests.
  broker_image = "docker.io/library/rabbitmq@sha256:…"
  search_image = "docker.elastic.co/elasticsearch/elasticsearch@sha256:…"
  emails       = ["on-call@example.com"]
  budget_usd   = 5000
  authorities = {
    postgres      = "-----BEGIN CERTIFICATE-----\n…"
    elasticsearch = "-----BEGIN CERTIFICATE-----\n…"
    rabbitmq      = "-----BEGIN CERTIFICATE-----\n…"
  }
  settings = {
    JWKS_URL           = "https://login.example.com/jwks"
    JWT_ISSUER         = "https://login.example.com"
    JWT_AUDIENCE       = "mobility"
    OIDC_ISSUER_URL    = "https://login.example.com"
    OIDC_CLIENT_ID     = "console"
    STATEMENT_AUDIENCE = "mobility.example.com"
  }
}
