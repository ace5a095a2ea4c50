// A mutant is noticed by the first example that fails; a smaller example says no more, and costs hundreds of runs.
import fc from 'fast-check'

fc.configureGlobal({ endOnFailure: true })
