variable "name" {
  type        = string
  description = "Begins the name of each resource: mobility-production."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 24 of them."
  }
}

variable "generated" {
  type        = set(string)
  description = "Secrets whose value is made up here and known to nobody: console/CONSOLE_SESSION_SECRET."
  validation {
    condition     = alltrue([for each in var.generated : can(regex("^[a-z-]+/[A-Z_]+$", each))])
    error_message = "service/SETTING."
  }
}

variable "written" {
  type        = set(string)
  description = "Secrets whose value an operator or a task writes: fleet/DATABASE_URL. Terraform never reads it."
  validation {
    condition     = alltrue([for each in var.written : can(regex("^[a-z-]+/[A-Z_]+$", each))])
    error_message = "service/SETTING."
  }
  validation {
    condition     = length(setintersection(var.written, var.generated)) == 0
    error_message = "A secret is made up here, or written by somebody else."
  }
}

variable "generation" {
  type        = number
  description = "One more makes all generated values anew."
  default     = 1
  validation {
    condition     = var.generation >= 1 && floor(var.generation) == var.generation
    error_message = "A whole number of at least 1."
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
