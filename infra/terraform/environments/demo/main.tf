provider "aws" {
  region = var.region
  default_tags { tags = { project = "micro-mobility-cloud", environment = "demo" } }
}

module "platform" {
  source      = "../../modules/platform"
  name        = "mobility-demo"
  zones       = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  expendable  = true
  first_start = var.first_start
  devices     = var.devices
  owner       = var.owner
  sizes       = var.sizes
}

output "platform" {
  description = "What docs/deploy.md asks for."
  value       = module.platform
}
