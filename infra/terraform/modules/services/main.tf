data "aws_region" "here" {}

locals {
  admin_port = 9090
  tasks      = { for name, task in var.tasks : name => task if var.devices || !task.forDevices }
  lasting    = { for name, task in local.tasks : name => task if !task.once }
  two        = { cpu = 256, memory_mib = 512, least = 2, day = 2, most = 4 }
  sizes      = { for name, task in local.tasks : name => lookup(var.sizes, name, local.two) }

  # Users of engines have the name of their service.
  usernames = { for name, task in local.tasks : name => { for setting in task.settings : setting => name if endswith(setting, "_USERNAME") } }
  arns = {
    for name, task in local.tasks :
    name => { for setting in task.secrets : setting => var.secret_arns["${name}/${setting}"] if contains(keys(var.secret_arns), "${name}/${setting}") }
  }
  authorities = { for name, task in local.tasks : name => [for engine in task.engines : engine if contains(keys(var.authorities), engine)] }

  # A setting that names a file gets a path; who writes the file is below.
  paths = { for name, task in local.tasks : name => merge(
    { for setting in task.files : setting => "/run/files/${setting}" if contains(keys(local.arns[name]), setting) },
    { for setting in task.files : setting => "/run/files/${lower(split("_", setting)[0])}.pem" if contains(local.authorities[name], lower(split("_", setting)[0])) && endswith(setting, "_CA_FILE") },
  ) }
  environment = {
    for name, task in local.tasks : name => merge(
      { for setting in task.settings : setting => var.settings[setting] if contains(keys(var.settings), setting) },
      local.usernames[name],
      local.paths[name],
      { HOST = "0.0.0.0", ADMIN_HOST = "0.0.0.0", ADMIN_PORT = tostring(local.admin_port), NODE_ENV = "production" },
      task.port == null ? {} : { PORT = tostring(task.port) },
    )
  }
  logs = { for name, _ in local.tasks : name => {
    logDriver = "awslogs"
    options   = { awslogs-group = var.log_group.name, awslogs-region = data.aws_region.here.name, awslogs-stream-prefix = name }
  } }

  # Services read some secrets from files, Fargate gives environment variables: this container writes the files, then ends.
  writers = { for name, task in local.tasks : name => {
    name                   = "files"
    image                  = var.image
    essential              = false
    user                   = "0"
    readonlyRootFilesystem = true
    entryPoint             = ["node"]
    command                = ["-e", "for (const [k, v] of Object.entries(process.env)) if (k.startsWith('FILE_')) fs.writeFileSync('/run/files/' + k.slice(5), v, { mode: 0o444 })"]
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    environment            = [for engine in local.authorities[name] : { name = "FILE_${engine}.pem", value = var.authorities[engine] }]
    secrets                = [for setting in task.files : { name = "FILE_${setting}", valueFrom = local.values[name][setting] } if contains(keys(local.arns[name]), setting)]
    mountPoints            = [{ containerPath = "/run/files", sourceVolume = "files", readOnly = false }]
    logConfiguration       = local.logs[name]
  } }
  # MSK keeps name and password in one secret.
  values = { for name, arns in local.arns : name => { for setting, arn in arns : setting => setting == "KAFKA_PASSWORD_FILE" ? "${arn}:password::" : arn } }

  processes = { for name, task in local.tasks : name => {
    name                   = name
    image                  = var.image
    essential              = true
    user                   = "10001"
    readonlyRootFilesystem = true
    entryPoint             = ["node"]
    command                = task.command
    stopTimeout            = task.stopSeconds
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
    environment            = [for setting, value in local.environment[name] : { name = setting, value = value }]
    secrets                = [for setting, value in local.values[name] : { name = setting, valueFrom = value } if !contains(task.files, setting)]
    portMappings           = task.once ? [] : [for port in compact([task.port == null ? "" : tostring(task.port), tostring(local.admin_port)]) : { containerPort = tonumber(port) }]
    dependsOn              = [{ containerName = "files", condition = "SUCCESS" }]
    mountPoints            = [{ containerPath = "/run/files", sourceVolume = "files", readOnly = true }]
    healthCheck = task.once ? null : {
      command     = ["CMD", "node", "-e", "fetch('http://127.0.0.1:${local.admin_port}/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = local.logs[name]
  } }
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_iam_role" "task" {
  for_each           = local.tasks
  name               = "${var.name}-${each.key}"
  description        = "Of the process itself: it may nothing at AWS"
  assume_role_policy = local.by_tasks
}

resource "aws_iam_role" "start" {
  for_each           = local.tasks
  name               = "${var.name}-${each.key}-start"
  description        = "Of who starts it: image, log, and the secrets of this one service"
  assume_role_policy = local.by_tasks
}

locals {
  by_tasks = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "start" {
  # checkov:skip=CKV_AWS_355:ecr:GetAuthorizationToken knows no resource.
  for_each = local.tasks
  name     = "start"
  role     = aws_iam_role.start[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
        { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"], Resource = [var.repository_arn] },
        { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["${var.log_group.arn}:log-stream:${each.key}/*"] },
      ],
      length(each.value.secrets) == 0 ? [] : [
        { Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = values(local.arns[each.key]) },
        { Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.kms_key_arn] },
      ],
    )
  })
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.tasks
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.sizes[each.key].cpu
  memory                   = max(local.sizes[each.key].memory_mib, each.value.memoryMiB)
  execution_role_arn       = aws_iam_role.start[each.key].arn
  task_role_arn            = aws_iam_role.task[each.key].arn
  container_definitions    = jsonencode([local.writers[each.key], local.processes[each.key]])
  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }
  volume { name = "files" }
  lifecycle {
    precondition {
      condition     = length(setsubtract(each.value.required, keys(local.environment[each.key]))) == 0
      error_message = "${each.key} does not start without ${join(", ", setsubtract(each.value.required, keys(local.environment[each.key])))}: give it in settings."
    }
  }
}

resource "aws_service_discovery_service" "this" {
  for_each = local.lasting
  name     = each.key
  dns_config {
    namespace_id = var.namespace_id
    dns_records {
      ttl  = 10
      type = "A"
    }
  }
}

resource "aws_ecs_service" "this" {
  for_each                          = local.lasting
  name                              = each.key
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.this[each.key].arn
  desired_count                     = local.sizes[each.key].least
  launch_type                       = "FARGATE"
  availability_zone_rebalancing     = "ENABLED"
  propagate_tags                    = "SERVICE"
  enable_ecs_managed_tags           = true
  health_check_grace_period_seconds = contains(keys(var.target_group_arns), each.key) ? 120 : null
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = var.subnet_ids
    assign_public_ip = false
    security_groups  = concat([var.security_groups.tasks], [for engine in each.value.engines : var.security_groups.clients[engine]])
  }
  service_registries { registry_arn = aws_service_discovery_service.this[each.key].arn }
  dynamic "load_balancer" {
    for_each = contains(keys(var.target_group_arns), each.key) ? [var.target_group_arns[each.key]] : []
    content {
      target_group_arn = load_balancer.value
      container_name   = each.key
      container_port   = each.value.port
    }
  }
  # Scaling decides how many there are, and an apply does not take that back.
  lifecycle { ignore_changes = [desired_count] }
  depends_on = [aws_iam_role_policy.start]
}

resource "aws_appautoscaling_target" "this" {
  for_each           = local.lasting
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this[each.key].name}"
  min_capacity       = local.sizes[each.key].least
  max_capacity       = local.sizes[each.key].most
  # The schedule moves the minimum.
  lifecycle { ignore_changes = [min_capacity] }
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each           = aws_appautoscaling_target.this
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id
  target_tracking_scaling_policy_configuration {
    # As the model of docs/capacity.md reckons.
    target_value       = 60
    scale_in_cooldown  = 600
    scale_out_cooldown = 60
    predefined_metric_specification { predefined_metric_type = "ECSServiceAverageCPUUtilization" }
  }
}

resource "aws_appautoscaling_scheduled_action" "day" {
  for_each           = { for action in setproduct([for name, size in local.sizes : name if size.day > size.least && contains(keys(local.lasting), name)], ["day", "night"]) : join("-", action) => { name = action[0], part = action[1] } }
  name               = each.value.part
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = aws_appautoscaling_target.this[each.value.name].resource_id
  schedule           = "cron(0 ${each.value.part == "day" ? var.day.begins : var.day.ends} * * ? *)"
  timezone           = var.day.timezone
  scalable_target_action {
    min_capacity = each.value.part == "day" ? local.sizes[each.value.name].day : local.sizes[each.value.name].least
    max_capacity = local.sizes[each.value.name].most
  }
}
