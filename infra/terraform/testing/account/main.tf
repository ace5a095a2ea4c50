# The platform as `npm run terraform -- apply-test` applies it to moto: everything, and what an account must have before.
terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                  = "eu-central-1"
  access_key              = "testing"
  secret_key              = "testing"
  skip_metadata_api_check = true
  s3_use_path_style       = true
  max_retries             = 2
}

variable "digest" {
  type        = string
  description = "Of our image; another one is a new version."
}

variable "kafka_version" {
  type        = string
  description = "Of the brokers."
}

variable "sizes" {
  type        = any
  description = "As `npm run capacity -- --tfvars` writes them."
}

resource "aws_route53_zone" "this" {
  name = "mobility.example.com"
}

module "platform" {
  source        = "../../modules/platform"
  name          = "mobility-test"
  zones         = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  expendable    = true
  first_start   = false
  devices       = true
  sizes         = var.sizes
  kafka_version = var.kafka_version
  owner = {
    domain         = "mobility.example.com"
    zone_id        = aws_route53_zone.this.zone_id
    image          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mobility@sha256:${var.digest}"
    repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/mobility"
    ami_id         = "ami-12c6146b"
    broker_image   = "docker.io/library/rabbitmq@sha256:${var.digest}"
    search_image   = "docker.elastic.co/elasticsearch/elasticsearch@sha256:${var.digest}"
    emails         = ["on-call@example.com"]
    budget_usd     = 1000
    authorities    = { for engine in ["postgres", "elasticsearch", "rabbitmq"] : engine => "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n" }
    settings = {
      JWKS_URL        = "https://login.example.com/jwks", JWT_ISSUER = "https://login.example.com", JWT_AUDIENCE = "mobility"
      OIDC_ISSUER_URL = "https://login.example.com", OIDC_CLIENT_ID = "console", STATEMENT_AUDIENCE = "mobility.example.com"
    }
  }
}
