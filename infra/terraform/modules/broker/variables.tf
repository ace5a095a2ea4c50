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
  description = "By zone, the private subnet: a node in each of the three."
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

variable "balancer_cidrs" {
  type        = list(string)
  description = "Addresses of the network load balancer's subnets: bikes come through it alone."
  validation {
    condition     = length(var.balancer_cidrs) > 0 && alltrue([for each in var.balancer_cidrs : can(cidrhost(each, 0)) && each != "0.0.0.0/0"])
    error_message = "Ranges of the network, and not everybody."
  }
}

variable "gatekeeper" {
  type        = object({ url = string, port = number, security_group_id = string })
  description = "Whom the broker asks what a module may, and the group of those who answer."
  validation {
    condition     = can(regex("^http://[a-z0-9.-]+:[0-9]+$", var.gatekeeper.url)) && startswith(var.gatekeeper.security_group_id, "sg-")
    error_message = "An address with its port, and the id of a security group."
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

variable "instance_type" {
  type        = string
  description = "Of each node."
  validation {
    condition     = can(regex("^(t4g|[mcr][6-8]gd?)\\.", var.instance_type))
    error_message = "With an ARM processor, such as m7g.large."
  }
}

variable "memory_gib" {
  type        = number
  description = "Of such a machine: the broker takes two fifths, then slows its senders down."
  validation {
    condition     = var.memory_gib >= 2
    error_message = "At least 2 GiB."
  }
}

variable "volume_gib" {
  type        = number
  description = "Of each node; queues hold 4 GiB each at most."
  default     = 50
  validation {
    condition     = var.volume_gib >= 20 && var.volume_gib <= 16384
    error_message = "From 20 to 16384 GiB."
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

