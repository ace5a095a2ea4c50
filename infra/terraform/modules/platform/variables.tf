variable "name" {
  type        = string
  description = "Of the environment; begins the name of each resource: mobility-production."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 24 of them."
  }
}

variable "zones" {
  type        = list(string)
  description = "Three availability zones."
  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "Three different zones."
  }
}

variable "expendable" {
  type        = bool
  description = "A demonstration: may be deleted, without standby, with one way out, logs for a week."
}

variable "first_start" {
  type        = bool
  description = "True until the access rules of Kafka are written (docs/deploy.md)."
}

variable "kafka_version" {
  type        = string
  description = "Of the brokers: a newer one is taken over broker by broker."
  default     = "4.1.x.kraft"
}

variable "devices" {
  type        = bool
  description = "Bikes have modules that report over MQTT."
}

variable "owner" {
  type = object({
    domain         = string
    zone_id        = string
    image          = string
    repository_arn = string
    ami_id         = string
    broker_image   = string
    search_image   = string
    emails         = list(string)
    budget_usd     = number
    authorities    = map(string)
    absent_secrets = optional(set(string), ["console/OIDC_CLIENT_SECRET"])
    settings       = map(string)
  })
  description = "Facts that only the owner knows: domain, image by its digest, machine images, token issuer, who is told of alarms."
  validation {
    condition     = length(setsubtract(["JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "STATEMENT_AUDIENCE", "OIDC_ISSUER_URL", "OIDC_CLIENT_ID"], keys(var.owner.settings))) == 0
    error_message = "settings: JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, STATEMENT_AUDIENCE, OIDC_ISSUER_URL and OIDC_CLIENT_ID, and others of docs/operations.md as you like."
  }
}

variable "sizes" {
  type = object({
    kafka    = object({ instance_type = string, brokers = number, volume_gib = number })
    postgres = object({ instance_class = string, storage_gib = number, most_storage_gib = number })
    search   = map(object({ nodes = number, instance_type = string, memory_gib = number, volume_gib = number, volume_type = string }))
    broker   = object({ instance_type = string, memory_gib = number, volume_gib = number })
    services = map(object({ cpu = number, memory_mib = number, least = number, day = number, most = number }))
  })
  description = "What `npm run capacity -- --bikes N --tfvars FILE` writes."
  validation {
    condition     = length(var.sizes.search) > 0
    error_message = "Elasticsearch has one tier at least."
  }
}
