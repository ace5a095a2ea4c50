mock_provider "aws" {
  source = "../testing"
}

run "the_state_is_private_and_to_be_had_back" {
  command = plan
  assert {
    condition     = aws_s3_bucket.state.bucket == "mobility-terraform-state-123456789012"
    error_message = "A name of this account."
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "Older states are kept."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.state.restrict_public_buckets && aws_s3_bucket_public_access_block.state.block_public_policy
    error_message = "Nothing of it is public."
  }
}

run "a_tag_of_an_image_cannot_be_moved" {
  command = plan
  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE"
    error_message = "What was pushed stays what it is."
  }
}

run "a_zone_is_no_region" {
  command = plan
  variables { region = "eu-central-1a" }
  expect_failures = [var.region]
}
