# The real provider without an account: mocked ones have no ephemeral resources. Nothing asks AWS; what would is overridden.
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

override_data {
  target = data.aws_caller_identity.me
  values = { account_id = "123456789012" }
}

override_module {
  target  = module.node
  outputs = { address = "10.20.0.10" }
}

override_resource {
  target          = aws_s3_bucket.snapshots
  override_during = plan
  values          = { arn = "arn:aws:s3:::mobility-test-search-snapshots-123456789012" }
}

variables {
  name                     = "mobility-test"
  vpc_id                   = "vpc-0123456789abcdef0"
  subnets                  = { "eu-central-1a" = "subnet-a", "eu-central-1b" = "subnet-b", "eu-central-1c" = "subnet-c" }
  client_security_group_id = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  namespace                = { zone_id = "Z1", name = "mobility-test.internal" }
  ami_id                   = "ami-0123456789abcdef0"
  image                    = "docker.elastic.co/elasticsearch/elasticsearch@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  log_group                = { name = "/mobility-test/search", arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/mobility-test/search" }
  tiers = {
    hot  = { nodes = 3, instance_type = "r7g.large", memory_gib = 16, volume_gib = 200, volume_type = "gp3" }
    cold = { nodes = 2, instance_type = "r7g.medium", memory_gib = 8, volume_gib = 2000, volume_type = "st1" }
  }
}

run "nodes_by_tier_and_zone" {
  command = plan
  assert {
    condition     = [for node in ["search-hot-1", "search-hot-2", "search-hot-3"] : local.nodes[node].zone] == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    error_message = "The three that elect the master are in three zones."
  }
  assert {
    condition     = length(output.hosts) == 6 && output.url == "https://search.mobility-test.internal:9200"
    error_message = "One name for all, and one for each."
  }
}

run "snapshots_are_private_and_go_by_tls" {
  command = plan
  assert {
    condition = jsondecode(aws_s3_bucket_policy.snapshots.policy).Statement == [{
      Sid       = "TlsAlone"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::mobility-test-search-snapshots-123456789012", "arn:aws:s3:::mobility-test-search-snapshots-123456789012/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Plain text is denied to everybody."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.snapshots.restrict_public_buckets && aws_s3_bucket_public_access_block.snapshots.block_public_policy
    error_message = "Nothing of it is public."
  }
}

run "two_hot_nodes_are_refused" {
  command = plan
  variables { tiers = { hot = { nodes = 2, instance_type = "r7g.large", memory_gib = 16, volume_gib = 200, volume_type = "gp3" } } }
  expect_failures = [var.tiers]
}

run "a_tier_of_another_name_is_refused" {
  command = plan
  variables {
    tiers = {
      hot    = { nodes = 3, instance_type = "r7g.large", memory_gib = 16, volume_gib = 200, volume_type = "gp3" }
      frozen = { nodes = 2, instance_type = "r7g.large", memory_gib = 16, volume_gib = 200, volume_type = "gp3" }
    }
  }
  expect_failures = [var.tiers]
}
