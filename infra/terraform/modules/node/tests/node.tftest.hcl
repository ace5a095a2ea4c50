mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "mobility-test-broker-1"
  dns                = { zone_id = "Z1", name = "broker-1.mobility-test.internal" }
  subnet_id          = "subnet-a"
  zone               = "eu-central-1a"
  security_group_ids = ["sg-0123456789abcdef0"]
  ami_id             = "ami-0123456789abcdef0"
  instance_type      = "m7g.large"
  volume             = { gib = 20, type = "gp3" }
  kms_key_arn        = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  image              = "docker.io/library/rabbitmq@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  data_path          = "/var/lib/rabbitmq"
  user_id            = 999
  files              = { "/etc/rabbitmq/rabbitmq.conf" = "listeners.tcp = none\n" }
  secret_files       = { "/etc/rabbitmq/key.pem" = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-AbCdEf" }
  log_group          = { name = "/mobility-test/broker", arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/mobility-test/broker" }
}

run "the_machine_reads_its_own_secrets_and_takes_its_own_disk" {
  assert {
    condition = alltrue([
      for each in jsondecode(aws_iam_role_policy.this.policy).Statement :
      !contains(flatten([each.Action]), "*") && !contains(flatten([each.Resource]), "*")
    ])
    error_message = "No statement for everything."
  }
  assert {
    condition = toset(one([
      for each in jsondecode(aws_iam_role_policy.this.policy).Statement : each.Resource
      if contains(each.Action, "secretsmanager:GetSecretValue")
    ])) == toset(values(var.secret_files))
    error_message = "Its own secrets, and no other."
  }
  assert {
    condition = alltrue([
      for each in jsondecode(aws_iam_role_policy.this.policy).Statement :
      each.Resource == [aws_ebs_volume.this.arn, aws_network_interface.this.arn] || try(each.Condition.StringEquals["aws:ResourceTag/Name"] == var.name, false)
      if contains(each.Action, "ec2:AttachVolume")
    ])
    error_message = "Its own disk and interface, to machines of its name."
  }
}

run "data_and_address_outlive_the_machine" {
  assert {
    condition     = aws_ebs_volume.this.encrypted && aws_ebs_volume.this.final_snapshot
    error_message = "Encrypted, and never gone without a snapshot."
  }
  assert {
    condition     = aws_autoscaling_group.this.min_size == 1 && aws_autoscaling_group.this.max_size == 1
    error_message = "One machine, and always one."
  }
  assert {
    condition     = length(aws_autoscaling_group.this.instance_refresh) == 0
    error_message = "Terraform replaces no machine."
  }
  assert {
    condition     = aws_launch_template.this.metadata_options[0].http_tokens == "required"
    error_message = "The machine's credentials need a token."
  }
}

run "the_script_holds_files_but_no_secret" {
  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), base64encode("listeners.tcp = none\n"))
    error_message = "Files are in it."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "get-secret-value --secret-id ${var.secret_files["/etc/rabbitmq/key.pem"]} ")
    error_message = "Secrets are asked for."
  }
  assert {
    condition     = length(base64decode(aws_launch_template.this.user_data)) < 16384
    error_message = "EC2 takes no more."
  }
}

run "a_tag_is_refused" {
  command = plan
  variables { image = "docker.io/library/rabbitmq:4" }
  expect_failures = [var.image]
}

run "a_statement_for_everything_is_refused" {
  command = plan
  variables { statements = [{ Effect = "Allow", Action = ["s3:*"], Resource = ["*"] }] }
  expect_failures = [var.statements]
}

run "root_is_refused" {
  command = plan
  variables { user_id = 0 }
  expect_failures = [var.user_id]
}
