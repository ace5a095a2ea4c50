variable "name" {
  type        = string
  description = "Begins the name of each resource: mobility-production."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 24 of them."
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

variable "emails" {
  type        = list(string)
  description = "Who is told of alarms and of the budget; each confirms a first mail."
  validation {
    condition     = length(var.emails) > 0 && alltrue([for each in var.emails : can(regex("^[^@ ]+@[^@ ]+$", each))])
    error_message = "Addresses of mail, one at least."
  }
}

variable "budget_usd" {
  type        = number
  description = "A month. Alarms at four fifths, and when a month is forecast to exceed it."
  validation {
    condition     = var.budget_usd > 0
    error_message = "More than 0."
  }
}

variable "log_days" {
  type        = number
  description = "For which logs are kept."
  default     = 365
  validation {
    condition     = contains([1, 7, 30, 90, 365, 400], var.log_days)
    error_message = "One of 1, 7, 30, 90, 365, 400."
  }
}

variable "log_groups" {
  type        = set(string)
  description = "Who logs, each into a group of its own."
  default     = ["services", "kafka", "broker", "search"]
  validation {
    condition     = alltrue([for each in var.log_groups : can(regex("^[a-z-]+$", each))])
    error_message = "Lower case words."
  }
}

variable "watched" {
  type = object({
    http_suffix     = string
    cluster_name    = string
    kafka_cluster   = string
    postgres        = string
    postgres_gib    = number
    services        = list(string)
    stateful_groups = list(string)
  })
  description = "What alarms look at."
  validation {
    condition     = var.watched.postgres_gib > 0
    error_message = "How large the disk of PostgreSQL is."
  }
}
