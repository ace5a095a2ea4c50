variable "name" {
  type        = string
  description = "Begins the name of each resource: mobility-production."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Lower case letters, digits and hyphens, from 2 to 24 of them."
  }
}

variable "image" {
  type        = string
  description = "Of all processes of ours, by its digest."
  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9/._-]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image of the registry of bootstrap, by its digest: a tag can be moved to another one."
  }
}

variable "repository_arn" {
  type        = string
  description = "Whence the image comes."
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecr:", var.repository_arn))
    error_message = "The ARN of a repository."
  }
}

variable "tasks" {
  type = map(object({
    command     = list(string)
    engines     = list(string)
    settings    = list(string)
    required    = list(string)
    secrets     = list(string)
    files       = list(string)
    port        = optional(number)
    stopSeconds = number
    memoryMiB   = number
    forDevices  = bool
    once        = bool
  }))
  description = "What is to run: generated/services.json."
  validation {
    condition     = alltrue([for task in values(var.tasks) : length(task.engines) <= 4 && task.stopSeconds <= 120])
    error_message = "A task wears five security groups at most, and Fargate waits 120 s at most."
  }
}

variable "devices" {
  type        = bool
  description = "With what is of use only where modules of bikes report through a broker."
  default     = true
}

variable "settings" {
  type        = map(string)
  description = "Values of settings, for every task that reads them; nothing secret."
  validation {
    condition     = length(setintersection(keys(var.settings), flatten([for task in values(var.tasks) : task.secrets]))) == 0
    error_message = "A secret belongs into Secrets Manager."
  }
}

variable "secret_arns" {
  type        = map(string)
  description = "By service/SETTING: where the value is. An optional secret without an entry stays unset."
  validation {
    condition     = alltrue([for name, arn in var.secret_arns : can(regex("^[a-z-]+/[A-Z_]+$", name)) && startswith(arn, "arn:")])
    error_message = "service/SETTING to an ARN."
  }
}

variable "authorities" {
  type        = map(string)
  description = "Who signs the certificates of an engine: postgres, elasticsearch, rabbitmq to PEM. A task finds them in /run/files/ENGINE.pem."
  validation {
    condition     = alltrue([for pem in values(var.authorities) : startswith(trimspace(pem), "-----BEGIN CERTIFICATE-----")])
    error_message = "Certificates in PEM."
  }
}

variable "sizes" {
  type        = map(object({ cpu = number, memory_mib = number, least = number, day = number, most = number }))
  description = "By service, from `npm run capacity -- --tfvars`: processes at night and in winter, by day, and at most. Others have two."
  validation {
    condition     = alltrue([for size in values(var.sizes) : size.least >= 1 && size.day >= size.least && size.most >= size.day])
    error_message = "least, day and most grow."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : contains([256, 512, 1024, 2048, 4096], size.cpu) && size.memory_mib >= 2 * size.cpu && size.memory_mib <= 8 * size.cpu])
    error_message = "Fargate has 256, 512, 1024, 2048 and 4096 units of CPU, and from two to eight MiB for each."
  }
}

variable "day" {
  type        = object({ begins = string, ends = string, timezone = string })
  description = "When the day's processes are there: hours as cron has them."
  default     = { begins = "5", ends = "22", timezone = "Europe/Berlin" }
  validation {
    condition     = alltrue([for hour in [var.day.begins, var.day.ends] : can(regex("^([01]?[0-9]|2[0-3])$", hour))])
    error_message = "Hours from 0 to 23."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private, in three zones."
  validation {
    condition     = length(var.subnet_ids) == 3
    error_message = "Three subnets."
  }
}

variable "security_groups" {
  type        = object({ tasks = string, clients = map(string) })
  description = "What every task wears, and who uses an engine, by engine."
  validation {
    condition     = alltrue([for id in concat([var.security_groups.tasks], values(var.security_groups.clients)) : startswith(id, "sg-")])
    error_message = "Ids of security groups."
  }
}

variable "namespace_id" {
  type        = string
  description = "Private DNS: SERVICE.NAMESPACE is the addresses of its tasks."
  validation {
    condition     = length(var.namespace_id) > 0
    error_message = "The id of a namespace."
  }
}

variable "target_group_arns" {
  type        = map(string)
  description = "By service: where its tasks answer the load balancer."
  default     = {}
  validation {
    condition     = alltrue([for arn in values(var.target_group_arns) : startswith(arn, "arn:")])
    error_message = "ARNs of target groups."
  }
}

variable "log_group" {
  type        = object({ name = string, arn = string })
  description = "Where tasks log."
  validation {
    condition     = startswith(var.log_group.arn, "arn:")
    error_message = "Name and ARN of a log group."
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

