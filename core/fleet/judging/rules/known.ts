// Bikes, components and models that nobody has told of: the statement waits until somebody does.

import { componentSubject, frameSubject, modelSubject } from '../../statements/subjects.ts'
import { type Finding, finding } from '../findings.ts'
import type { Rule } from './rule.ts'
import { saidComponents, saidFrameNumber } from './said.ts'

export const known: Rule = {
  reasons: ['model_unknown', 'bike_unknown', 'component_unknown'],
  find(event, facts) {
    const findings: Finding[] = []
    const frameNumber = saidFrameNumber(event)
    if (event.event.case === 'bikeProduced') {
      const { modelId } = event.event.value
      if (modelId !== '' && facts.model(modelId) === undefined) {
        const detail = `no model "${modelId}" is defined`
        findings.push(finding('model_unknown', modelSubject(modelId), { detail }))
      }
    } else if (frameNumber !== '' && facts.bikeByFrame(frameNumber) === undefined) {
      const detail = `no bike with frame number ${frameNumber} is known`
      findings.push(finding('bike_unknown', frameSubject(frameNumber), { detail }))
    }
    for (const { role, name } of saidComponents(event)) {
      // Without its type no component can be known; serial-numbers.ts tells that.
      if (role === 'made' || facts.type(name.type) === undefined || facts.component(name) !== undefined)
        continue
      const detail = `no ${name.type} with serial number ${name.serialNumber} is known`
      findings.push(finding('component_unknown', componentSubject(name), { detail }))
    }
    return findings
  },
}
