terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
  # Bucket and region: `terraform init -backend-config=bucket=… -backend-config=region=…`.
  backend "s3" {
    key          = "demo.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
