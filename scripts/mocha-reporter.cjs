'use strict'

/** Mocha's usual report, and the counts in a file, so that `npm test` can add them up over all packages. */

const { writeFileSync } = require('node:fs')
const { Spec } = require('mocha').reporters

module.exports = class CountingReporter extends Spec {
  done (failures, finish) {
    const { passes, pending } = this.stats
    writeFileSync('dist/test/counts.json', JSON.stringify({ passed: passes, failed: this.stats.failures, pending }))
    finish(failures)
  }
}
