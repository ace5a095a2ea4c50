variable "name" {
  type        = string
  description = "Begins the name of each resource: mobility-production."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 24 of them."
  }
}

variable "vpc_id" {
  type        = string
  description = "The network."
  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The id of a VPC."
  }
}

variable "subnets" {
  type        = map(string)
  description = "By zone, the private subnet; nodes of a tier take turns."
  validation {
    condition     = length(var.subnets) == 3 && alltrue([for id in values(var.subnets) : startswith(id, "subnet-")])
    error_message = "Three subnets, by their zones."
  }
}

variable "client_security_group_id" {
  type        = string
  description = "Whoever wears it may connect."
  validation {
    condition     = startswith(var.client_security_group_id, "sg-")
    error_message = "The id of a security group."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Encrypts everything here at rest."
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_arn))
    error_message = "The ARN of a KMS key."
  }
}

variable "tiers" {
  type        = map(object({ nodes = number, instance_type = string, memory_gib = number, volume_gib = number, volume_type = string }))
  description = "hot, warm and cold; hot nodes are masters as well. Sizes come from `npm run capacity -- --tfvars`."
  validation {
    condition     = contains(keys(var.tiers), "hot") && length(setsubtract(keys(var.tiers), ["hot", "warm", "cold"])) == 0
    error_message = "hot, and if need be warm and cold."
  }
  validation {
    condition     = try(var.tiers.hot.nodes >= 3, false) && alltrue([for tier in values(var.tiers) : tier.nodes >= 2 && tier.nodes <= 60])
    error_message = "Three hot nodes, as they elect the master, and two of each other tier: every document has two copies."
  }
}

variable "namespace" {
  type        = object({ zone_id = string, name = string })
  description = "Private DNS zone of the environment."
  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.namespace.name))
    error_message = "A domain, such as mobility-production.internal."
  }
}

variable "ami_id" {
  type        = string
  description = "Amazon Linux 2023 for ARM."
  validation {
    condition     = can(regex("^ami-[0-9a-f]{8,17}$", var.ami_id))
    error_message = "The id of a machine image."
  }
}

variable "image" {
  type        = string
  description = "Of the engine, by its digest."
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image by its digest: a tag can be moved to another one."
  }
}

variable "log_group" {
  type        = object({ name = string, arn = string })
  description = "Where the nodes log."
  validation {
    condition     = startswith(var.log_group.arn, "arn:")
    error_message = "Name and ARN of a log group."
  }
}

variable "recovery_days" {
  type        = number
  description = "For which a deleted secret can be had back; 0 for a demonstration."
  default     = 30
  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "0, or from 7 to 30."
  }
}
