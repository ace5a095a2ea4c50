// The engines of the platform, in the order of the table that `status` prints.
import { elasticsearch } from './elasticsearch.ts'
import type { Engine } from './engine.ts'
import { kafka } from './kafka.ts'
import { postgres } from './postgres.ts'
import { rabbitmq } from './rabbitmq.ts'

export const engines: readonly Engine[] = [kafka, elasticsearch, postgres, rabbitmq]
