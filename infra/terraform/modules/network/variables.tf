variable "name" {
  type        = string
  description = "Begins the name of each resource: mobility-production."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 24 of them."
  }
}

variable "cidr" {
  type        = string
  description = "Addresses of the network; each subnet gets a sixteenth of them."
  default     = "10.20.0.0/16"
  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "An IPv4 range of at least /20, such as 10.20.0.0/16."
  }
}

variable "zones" {
  type        = list(string)
  description = "Three availability zones: a quorum of engines survives the loss of one."
  validation {
    condition     = length(var.zones) == 3 && length(distinct(var.zones)) == 3
    error_message = "Three different zones."
  }
}

variable "nat_gateways" {
  type        = number
  description = "1 for a demonstration; 3 where the loss of a zone must not cut the others off."
  default     = 3
  validation {
    condition     = contains([1, 3], var.nat_gateways)
    error_message = "1 or 3."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Encrypts the flow log."
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_arn))
    error_message = "The ARN of a KMS key."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days for which refused connections are kept."
  default     = 365
  validation {
    condition     = contains([1, 7, 30, 90, 365, 400], var.log_retention_days)
    error_message = "One of 1, 7, 30, 90, 365, 400."
  }
}
