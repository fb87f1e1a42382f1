'use strict'

/** Found from every package folder: mocha runs the compiled specs of the package it is started in. */
module.exports = {
  spec: 'dist/test/**/*.spec.js',
  reporter: require.resolve('./scripts/mocha-reporter.cjs'),
  timeout: 10_000,
  'forbid-only': Boolean(process.env.CI)
}
