variable "name" {
  type        = string
  description = "Of the node, in its environment: mobility-production-broker-1."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,47}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 48 of them."
  }
}

variable "dns" {
  type        = object({ zone_id = string, name = string })
  description = "Private zone, and the node's name in it: it stays when the machine is replaced."
  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.dns.name))
    error_message = "A name with a domain, such as broker-1.mobility-production.internal."
  }
}

variable "subnet_id" {
  type        = string
  description = "Private; interface, volume and machine stay in its zone."
  validation {
    condition     = startswith(var.subnet_id, "subnet-")
    error_message = "The id of a subnet."
  }
}

variable "zone" {
  type        = string
  description = "Of that subnet."
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", var.zone))
    error_message = "An availability zone, such as eu-central-1a."
  }
}

variable "security_group_ids" {
  type        = list(string)
  description = "Of the machine and of its lasting interface."
  validation {
    condition     = length(var.security_group_ids) > 0 && alltrue([for id in var.security_group_ids : startswith(id, "sg-")])
    error_message = "Ids of security groups, one at least."
  }
}

variable "ami_id" {
  type        = string
  description = "Amazon Linux 2023 for ARM. Named, not looked up: a new one replaces machines, which somebody has to watch."
  validation {
    condition     = can(regex("^ami-[0-9a-f]{8,17}$", var.ami_id))
    error_message = "The id of a machine image."
  }
}

variable "instance_type" {
  type        = string
  description = "With an ARM processor."
  validation {
    condition     = can(regex("^(t4g|[cmri][6-8]gd?|im4gn|is4gen)\\.", var.instance_type))
    error_message = "With an ARM processor, such as m7g.large."
  }
}

variable "volume" {
  type        = object({ gib = number, type = string })
  description = "The data, which outlive the machine: gp3, or st1 for what is seldom read."
  validation {
    condition     = var.volume.gib >= 8 && contains(["gp3", "st1"], var.volume.type) && (var.volume.type == "gp3" || var.volume.gib >= 125)
    error_message = "gp3 from 8 GiB, or st1 from 125 GiB."
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

variable "image" {
  type        = string
  description = "Of the engine, with its digest: docker.io/library/rabbitmq@sha256:…"
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image by its digest: a tag can be moved to another one."
  }
}

variable "data_path" {
  type        = string
  description = "Where the engine keeps its data in its container."
  validation {
    condition     = startswith(var.data_path, "/")
    error_message = "An absolute path."
  }
}

variable "user_id" {
  type        = number
  description = "Of the engine in its container: its data and files are that user's."
  validation {
    condition     = var.user_id >= 1 && floor(var.user_id) == var.user_id
    error_message = "Not root."
  }
}

variable "environment" {
  type        = map(string)
  description = "Of the engine's container; nothing secret."
  default     = {}
  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z_][A-Za-z0-9_.]*$", name))])
    error_message = "Names of environment variables."
  }
}

variable "files" {
  type        = map(string)
  description = "Path in the container to content; nothing secret."
  default     = {}
  validation {
    condition     = alltrue([for path in keys(var.files) : startswith(path, "/")])
    error_message = "Absolute paths."
  }
}

variable "secret_files" {
  type        = map(string)
  description = "Path in the container to the ARN of the secret that is its content. The machine reads them at each start."
  default     = {}
  validation {
    condition     = alltrue([for path, arn in var.secret_files : startswith(path, "/") && startswith(arn, "arn:")])
    error_message = "Absolute paths, and ARNs of secrets."
  }
}

variable "statements" {
  type        = list(object({ Effect = string, Action = list(string), Resource = list(string) }))
  description = "What the machine may do beyond reading its secrets and taking its disk and interface."
  default     = []
  validation {
    condition     = alltrue([for each in var.statements : !contains(each.Resource, "*") && !contains(each.Action, "*")])
    error_message = "No statement for everything."
  }
}

variable "log_group" {
  type        = object({ name = string, arn = string })
  description = "Where the engine logs."
  validation {
    condition     = startswith(var.log_group.arn, "arn:")
    error_message = "Name and ARN of a log group."
  }
}
