// What a statement leans on and nobody has told of: without it there is nothing that could be changed.

import { componentSubject, frameSubject, modelSubject, typeSubject } from '../../statements/subjects.ts'
import type { ComponentName } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'

export function bikeUnknown(frameNumber: string): Finding {
  return finding('bike_unknown', frameSubject(frameNumber), {
    detail: `no bike has the frame number ${frameNumber}`,
  })
}

export function modelUnknown(modelId: string): Finding {
  return finding('model_unknown', modelSubject(modelId), { detail: `no model "${modelId}" is defined` })
}

export function typeUnknown(type: string): Finding {
  return finding('component_type_unknown', typeSubject(type), {
    detail: `no type of component "${type}" is defined`,
  })
}

export function componentUnknown(name: ComponentName | undefined): Finding {
  const subject = name === undefined ? '' : componentSubject(name)
  return finding('component_unknown', subject, { detail: `no component ${subject} is known` })
}
