mock_provider "aws" {
  source = "../../testing"
}

variables {
  name           = "mobility-test"
  image          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mobility@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/mobility"
  subnet_ids     = ["subnet-a", "subnet-b", "subnet-c"]
  security_groups = {
    tasks   = "sg-00000000000000000"
    clients = { kafka = "sg-0000000000000000a", postgres = "sg-0000000000000000b", rabbitmq = "sg-0000000000000000c" }
  }
  namespace_id = "ns-1"
  log_group    = { name = "/mobility-test/services", arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/mobility-test/services" }
  kms_key_arn  = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  tasks = {
    edge = {
      command = ["edge/entry/node.ts"], engines = ["kafka"], settings = ["KAFKA_BROKERS", "KAFKA_USERNAME", "LOG_LEVEL"], required = ["KAFKA_BROKERS"],
      secrets = ["KAFKA_PASSWORD_FILE"], files = ["KAFKA_PASSWORD_FILE"], port = 8080, stopSeconds = 30, memoryMiB = 512, forDevices = false, once = false
    }
    presence = {
      command = ["core/main.ts", "presence"], engines = ["postgres", "rabbitmq"], settings = ["LOG_LEVEL"], required = [],
      secrets = ["DATABASE_URL"], files = [], stopSeconds = 30, memoryMiB = 512, forDevices = true, once = false
    }
    provision = {
      command = ["core/provision/main.ts"], engines = ["postgres"], settings = [], required = [],
      secrets = ["DATABASE_URL"], files = [], stopSeconds = 30, memoryMiB = 512, forDevices = false, once = true
    }
  }
  settings = { KAFKA_BROKERS = "b-1.example:9096", JWT_ISSUER = "https://issuer.example" }
  secret_arns = {
    "edge/KAFKA_PASSWORD_FILE" = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_edge-AbCdEf"
    "presence/DATABASE_URL"    = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:presence-AbCdEf"
    "provision/DATABASE_URL"   = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:provision-AbCdEf"
  }
  authorities = { postgres = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n" }
  sizes       = { edge = { cpu = 512, memory_mib = 1024, least = 2, day = 4, most = 8 } }
}

run "a_task_gets_its_own_settings_and_secrets" {
  assert {
    condition = { for each in jsondecode(aws_ecs_task_definition.this["edge"].container_definitions)[1].environment : each.name => each.value } == {
      KAFKA_BROKERS = "b-1.example:9096", KAFKA_USERNAME = "edge", KAFKA_PASSWORD_FILE = "/run/files/KAFKA_PASSWORD_FILE",
      HOST          = "0.0.0.0", PORT = "8080", ADMIN_HOST = "0.0.0.0", ADMIN_PORT = "9090", NODE_ENV = "production"
    }
    error_message = "What the service reads, and nothing else."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["edge"].container_definitions)[0].secrets == [{ name = "FILE_KAFKA_PASSWORD_FILE", valueFrom = "${var.secret_arns["edge/KAFKA_PASSWORD_FILE"]}:password::" }]
    error_message = "The password goes into a file, out of the secret that MSK reads."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["presence"].container_definitions)[1].secrets == [{ name = "DATABASE_URL", valueFrom = var.secret_arns["presence/DATABASE_URL"] }]
    error_message = "Each service has a database user of its own."
  }
}

run "who_starts_a_task_reads_its_secrets_alone" {
  assert {
    condition = alltrue([
      for name, policy in aws_iam_role_policy.start : alltrue([
        for each in jsondecode(policy.policy).Statement :
        (each.Action == ["ecr:GetAuthorizationToken"]) == contains(each.Resource, "*")
      ])
    ])
    error_message = "ecr:GetAuthorizationToken alone is for everything."
  }
  assert {
    condition     = one([for each in jsondecode(aws_iam_role_policy.start["presence"].policy).Statement : each.Resource if each.Action == ["secretsmanager:GetSecretValue"]]) == [var.secret_arns["presence/DATABASE_URL"]]
    error_message = "Its own secrets."
  }
}

run "a_process_has_no_rights_it_does_not_need" {
  assert {
    condition = alltrue(flatten([for task in aws_ecs_task_definition.this : [
      for each in jsondecode(task.container_definitions) : each.readonlyRootFilesystem && each.linuxParameters.capabilities.drop == ["ALL"]
    ]]))
    error_message = "Read-only, without capabilities."
  }
  assert {
    condition     = alltrue([for task in aws_ecs_task_definition.this : jsondecode(task.container_definitions)[1].user == "10001"])
    error_message = "Not root."
  }
  assert {
    condition     = toset(aws_ecs_service.this["presence"].network_configuration[0].security_groups) == toset(["sg-00000000000000000", "sg-0000000000000000b", "sg-0000000000000000c"])
    error_message = "It reaches the engines that it uses."
  }
  assert {
    condition     = alltrue([for service in aws_ecs_service.this : !service.network_configuration[0].assign_public_ip])
    error_message = "No public address."
  }
}

run "what_ends_by_itself_is_no_service" {
  assert {
    condition     = toset(output.names) == toset(["edge", "presence"]) && toset(keys(output.task_definitions)) == toset(["edge", "presence", "provision"])
    error_message = "provision is a task without a service."
  }
}

run "the_clock_moves_the_minimum" {
  assert {
    condition     = { for key, action in aws_appautoscaling_scheduled_action.day : key => action.scalable_target_action[0].min_capacity } == { edge-day = "4", edge-night = "2" }
    error_message = "More by day, where there are more."
  }
}

run "a_fleet_of_phones_needs_no_broker" {
  variables { devices = false }
  assert {
    condition     = toset(output.names) == toset(["edge"])
    error_message = "What serves modules is left out."
  }
}

run "a_setting_that_is_missing_is_named" {
  command = plan
  variables { settings = {} }
  expect_failures = [aws_ecs_task_definition.this]
}

run "a_secret_among_the_settings_is_refused" {
  command = plan
  variables { settings = { KAFKA_BROKERS = "b:1", DATABASE_URL = "postgres://u:p@h/d" } }
  expect_failures = [var.settings]
}

run "a_size_that_fargate_does_not_have_is_refused" {
  command = plan
  variables { sizes = { edge = { cpu = 512, memory_mib = 512, least = 2, day = 2, most = 2 } } }
  expect_failures = [var.sizes]
}

run "a_tag_is_refused" {
  command = plan
  variables { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mobility:latest" }
  expect_failures = [var.image]
}
