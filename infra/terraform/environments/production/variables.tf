variable "region" {
  type        = string
  description = "Where the platform is."
  default     = "eu-central-1"
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region, such as eu-central-1."
  }
}

variable "first_start" {
  type        = bool
  description = "True until the access rules of Kafka are written (docs/deploy.md)."
  default     = false
}

variable "devices" {
  type        = bool
  description = "Bikes have modules that report over MQTT."
  default     = true
}

variable "owner" {
  type        = any
  description = "Facts that only the owner knows, in owner.auto.tfvars; the module platform has their types."
  validation {
    condition     = can(var.owner.domain)
    error_message = "As in owner.example.tfvars."
  }
}

variable "sizes" {
  type        = any
  description = "From `npm run capacity -- --bikes N --tfvars sizes.auto.tfvars.json`; the module platform has their types."
  validation {
    condition     = can(var.sizes.kafka)
    error_message = "As `npm run capacity -- --tfvars` writes them."
  }
}
