variable "name" {
  type        = string
  description = "In Secrets Manager: mobility-production/fleet/DATABASE_URL."
  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_/-]{1,120}$", var.name))
    error_message = "Letters, digits, hyphens, underscores and slashes."
  }
}

variable "description" {
  type        = string
  description = "Whose it is, for people."
  validation {
    condition     = length(var.description) > 0
    error_message = "Say whose it is."
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

variable "generated" {
  type        = bool
  description = "A value that nobody has to know is made up here; otherwise an operator or a task writes it."
}

variable "username" {
  type        = string
  description = "Beside a generated password, as MSK wants it; null for the password alone."
  default     = null
  validation {
    condition     = var.username == null || can(regex("^[a-z][a-z-]*$", var.username))
    error_message = "A lower case word."
  }
}

variable "generation" {
  type        = number
  description = "One more makes a generated value anew."
  default     = 1
  validation {
    condition     = var.generation >= 1 && floor(var.generation) == var.generation
    error_message = "A whole number of at least 1."
  }
}

variable "recovery_days" {
  type        = number
  description = "For which it can be had back once it is deleted; 0 for a demonstration."
  default     = 30
  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "0, or from 7 to 30."
  }
}
