mock_provider "aws" {
  source = "../../testing"
}

variables {
  name                     = "mobility-test"
  vpc_id                   = "vpc-0123456789abcdef0"
  subnet_ids               = ["subnet-a", "subnet-b", "subnet-c"]
  client_security_group_id = "sg-0123456789abcdef0"
  kms_key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  storage_gib              = 100
  most_storage_gib         = 200
}

run "nothing_is_lost_by_default" {
  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "A standby, protection, and a last snapshot."
  }
  assert {
    condition     = aws_db_instance.this.backup_retention_period == 14
    error_message = "Any second of two weeks can be restored."
  }
}

run "nobody_reaches_it_in_plain_text_or_from_outside" {
  assert {
    condition     = one([for each in aws_db_parameter_group.this.parameter : each.value if each.name == "rds.force_ssl"]) == "1"
    error_message = "TLS is forced."
  }
  assert {
    condition     = !aws_db_instance.this.publicly_accessible && aws_db_instance.this.storage_encrypted
    error_message = "Private and encrypted."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.clients.referenced_security_group_id == var.client_security_group_id && aws_vpc_security_group_ingress_rule.clients.from_port == 5432
    error_message = "Clients alone, at one port."
  }
  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "No password in the state."
  }
}

run "a_demonstration_may_be_thrown_away" {
  variables {
    multi_az            = false
    deletion_protection = false
  }
  assert {
    condition     = aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.final_snapshot_identifier == null
    error_message = "Without protection it goes without a snapshot."
  }
}

run "a_disk_that_cannot_grow_is_refused" {
  command = plan
  variables { most_storage_gib = 100 }
  expect_failures = [var.most_storage_gib]
}

run "an_old_version_is_refused" {
  command = plan
  variables { engine_version = "16.3" }
  expect_failures = [var.engine_version]
}
