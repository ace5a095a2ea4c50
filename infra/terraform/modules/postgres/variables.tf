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
    error_message = "Three subnets."
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

variable "engine_version" {
  type        = string
  description = "Of PostgreSQL."
  default     = "18.1"
  validation {
    condition     = can(regex("^1[78]\\.[0-9]+$", var.engine_version))
    error_message = "17 or 18 with its minor version, such as 18.1."
  }
}

variable "instance_class" {
  type        = string
  description = "Of the primary and of the standby."
  default     = "db.r7g.large"
  validation {
    condition     = can(regex("^db\\.(t4g|m7g|r7g)\\.", var.instance_class))
    error_message = "With an ARM processor, such as db.r7g.large."
  }
}

variable "storage_gib" {
  type        = number
  description = "At the beginning, of one copy."
  validation {
    condition     = var.storage_gib >= 20 && var.storage_gib <= 65536
    error_message = "From 20 to 65536 GiB."
  }
}

variable "most_storage_gib" {
  type        = number
  description = "To which it grows by itself."
  validation {
    condition     = var.most_storage_gib > var.storage_gib
    error_message = "More than at the beginning."
  }
}

variable "multi_az" {
  type        = bool
  description = "With a standby in another zone."
  default     = true
}

variable "backup_days" {
  type        = number
  description = "For which any second can be restored."
  default     = 14
  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "From 1 to 35 days."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Refuses to delete the database; without it no last snapshot is taken either."
  default     = true
}
