// Master data: statements taken in, and what two million bikes cost those who must know them.
import { withEngines } from '../testkit/with-engines.ts'
import { measureIntake } from './fleet-intake.ts'
import { measureLookup } from './fleet-lookup.ts'
import { type Bench, formatTable } from './report.ts'

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const intake = await measureIntake(engines, progress)
    const lookup = await measureLookup(engines, progress)
    return {
      title: [intake.title, '', ...formatTable(intake.rows), '', lookup.title].join('\n'),
      rows: lookup.rows,
      goals: [...intake.goals, ...lookup.goals],
      figures: { intake: intake.figures, lookup: lookup.figures },
    }
  })
