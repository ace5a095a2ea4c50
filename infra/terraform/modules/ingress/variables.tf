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

variable "public_subnet_ids" {
  type        = list(string)
  description = "Of three zones."
  validation {
    condition     = length(var.public_subnet_ids) == 3
    error_message = "Three subnets."
  }
}

variable "node_cidrs" {
  type        = list(string)
  description = "Where the nodes of the broker are."
  validation {
    condition     = alltrue([for each in var.node_cidrs : can(cidrhost(each, 0)) && each != "0.0.0.0/0"])
    error_message = "Ranges of the network."
  }
}

variable "tasks_security_group_id" {
  type        = string
  description = "What tasks wear: the load balancer may reach their ports."
  validation {
    condition     = startswith(var.tasks_security_group_id, "sg-")
    error_message = "The id of a security group."
  }
}

variable "domain" {
  type        = string
  description = "The platform answers at upload., api., console. and mqtt. of it."
  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.domain))
    error_message = "A domain, such as mobility.example.com."
  }
}

variable "zone_id" {
  type        = string
  description = "Public hosted zone of the domain."
  validation {
    condition     = can(regex("^Z[A-Z0-9]+$", var.zone_id))
    error_message = "The id of a hosted zone."
  }
}

variable "paths" {
  type        = map(list(string))
  description = "By service, what the contracts describe: generated/public-paths.json. Everything else is 404 before it reaches us."
  validation {
    condition     = toset(keys(var.paths)) == toset(["edge", "api"]) && alltrue([for path in flatten(values(var.paths)) : startswith(path, "/v1/") && length(path) <= 128])
    error_message = "Paths of edge and api, below /v1/, of at most 128 characters."
  }
}

variable "ports" {
  type        = object({ edge = number, api = number, console = number })
  description = "Of the services' own listeners."
  validation {
    condition     = length(distinct(values(var.ports))) == 3 && !contains(values(var.ports), 9090)
    error_message = "Three different ports, and not that of health and metrics."
  }
}

variable "broker" {
  type        = object({ addresses = map(string), port = number })
  description = "Nodes and port for bikes; no addresses where no bike has a module."
  default     = { addresses = {}, port = 8883 }
  validation {
    condition     = alltrue([for address in values(var.broker.addresses) : address == null || can(cidrhost("${address}/32", 0))])
    error_message = "IPv4 addresses."
  }
}

variable "requests_per_five_minutes" {
  type        = number
  description = "Of one address; more are refused by the firewall. Riders of a mobile network share addresses."
  default     = 20000
  validation {
    condition     = var.requests_per_five_minutes >= 100 && var.requests_per_five_minutes <= 2000000000
    error_message = "From 100 to 2,000,000,000."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Refuses to delete the load balancers, whose addresses bikes know."
  default     = true
}
