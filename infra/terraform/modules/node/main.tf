data "aws_caller_identity" "me" {}
data "aws_region" "here" {}

locals {
  instances = "arn:aws:ec2:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}:instance/*"
}

# Address and data stay when the machine is replaced.
resource "aws_network_interface" "this" {
  subnet_id       = var.subnet_id
  security_groups = var.security_group_ids
  description     = "Lasting address of ${var.name}"
  tags            = { Name = var.name }
}

resource "aws_ebs_volume" "this" {
  # checkov:skip=CKV2_AWS_9:Elasticsearch has snapshots in S3; queues of RabbitMQ have copies on three nodes, and a copy of one disk would be of no use.
  availability_zone = var.zone
  size              = var.volume.gib
  type              = var.volume.type
  encrypted         = true
  kms_key_id        = var.kms_key_arn
  final_snapshot    = true
  tags              = { Name = var.name }
}

resource "aws_route53_record" "this" {
  # checkov:skip=CKV2_AWS_23:Private; it names a lasting interface.
  zone_id = var.dns.zone_id
  name    = var.dns.name
  type    = "A"
  ttl     = 60
  records = [aws_network_interface.this.private_ip]
}

resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

# A shell for operators without SSH, keys or open ports.
resource "aws_iam_role_policy_attachment" "session" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy" "this" {
  name = "node"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Effect   = "Allow"
          Action   = ["ec2:AttachVolume", "ec2:AttachNetworkInterface"]
          Resource = [aws_ebs_volume.this.arn, aws_network_interface.this.arn]
        },
        {
          # Which machine it will be is not known before; its tag is.
          Effect    = "Allow"
          Action    = ["ec2:AttachVolume", "ec2:AttachNetworkInterface"]
          Resource  = [local.instances]
          Condition = { StringEquals = { "aws:ResourceTag/Name" = var.name } }
        },
        {
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = ["${var.log_group.arn}:log-stream:*"]
        },
      ],
      [for each in [values(var.secret_files)] : { Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = each } if length(each) > 0],
      [for each in [values(var.secret_files)] : { Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.kms_key_arn] } if length(each) > 0],
      var.statements,
    )
  })
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = aws_iam_role.this.name
}

resource "aws_launch_template" "this" {
  name                   = var.name
  image_id               = var.ami_id
  instance_type          = var.instance_type
  update_default_version = true
  ebs_optimized          = true
  vpc_security_group_ids = var.security_group_ids
  iam_instance_profile { arn = aws_iam_instance_profile.this.arn }
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  monitoring { enabled = true }
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 16
      volume_type = "gp3"
      encrypted   = true
      kms_key_id  = var.kms_key_arn
    }
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = var.name }
  }
  user_data = base64encode(templatefile("${path.module}/start.sh.tftpl", {
    name         = var.name
    region       = data.aws_region.here.name
    volume_id    = aws_ebs_volume.this.id
    interface_id = aws_network_interface.this.id
    image        = var.image
    data_path    = var.data_path
    user_id      = var.user_id
    environment  = var.environment
    files        = var.files
    secret_files = var.secret_files
    log_group    = var.log_group.name
  }))
}

# A group of one starts the machine again. A new template replaces none: docs/deploy.md says how, one node after the other.
resource "aws_autoscaling_group" "this" {
  # checkov:skip=CKV_AWS_315:The launch template is named by its version.
  name                = var.name
  min_size            = 1
  max_size            = 1
  desired_capacity    = 1
  vpc_zone_identifier = [var.subnet_id]
  health_check_type   = "EC2"
  enabled_metrics     = ["GroupInServiceInstances"]
  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }
  tag {
    key                 = "Name"
    value               = var.name
    propagate_at_launch = true
  }
  depends_on = [aws_iam_role_policy.this]
}
