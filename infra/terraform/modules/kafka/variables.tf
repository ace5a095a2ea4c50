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

variable "subnet_ids" {
  type        = list(string)
  description = "A private subnet in each of three zones."
  validation {
    condition     = length(distinct(var.subnet_ids)) == 3
    error_message = "Three subnets: a partition has a copy in each zone."
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

variable "kafka_version" {
  type        = string
  description = "Of the brokers, with KRaft."
  default     = "4.1.x.kraft"
  validation {
    condition     = can(regex("^[4-9]\\.[0-9x.]+\\.kraft$", var.kafka_version))
    error_message = "Kafka 4 or newer with KRaft, such as 4.1.x.kraft."
  }
}

variable "instance_type" {
  type        = string
  description = "Of each broker."
  default     = "kafka.m7g.large"
  validation {
    condition     = can(regex("^kafka\\.(t3|m7g)\\.", var.instance_type))
    error_message = "Such as kafka.m7g.large."
  }
}

variable "brokers" {
  type        = number
  description = "A multiple of three, so that each zone has as many."
  default     = 3
  validation {
    condition     = var.brokers >= 3 && var.brokers % 3 == 0
    error_message = "A multiple of three."
  }
}

variable "volume_gib" {
  type        = number
  description = "Of each broker. It grows while everything runs, and never shrinks."
  validation {
    condition     = var.volume_gib >= 10 && var.volume_gib <= 16384
    error_message = "From 10 to 16384 GiB."
  }
}

variable "users" {
  type        = set(string)
  description = "Who logs in by SCRAM: each service, and provision, which administers."
  validation {
    condition     = alltrue([for user in var.users : can(regex("^[a-z][a-z-]*$", user))]) && contains(var.users, "provision")
    error_message = "Lower case words, with provision among them: it writes topics and access rules."
  }
}

variable "generation" {
  type        = number
  description = "One more makes all passwords anew; clients read theirs at each connection of a new task."
  default     = 1
  validation {
    condition     = var.generation >= 1 && floor(var.generation) == var.generation
    error_message = "A whole number of at least 1."
  }
}

variable "allow_everyone_if_no_acl_found" {
  type        = bool
  description = "True at the first start alone, until the access rules are written (docs/deploy.md)."
  default     = false
}

variable "log_group_name" {
  type        = string
  description = "Where the brokers log."
  validation {
    condition     = startswith(var.log_group_name, "/")
    error_message = "The name of a log group."
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
