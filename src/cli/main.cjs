#!/usr/bin/env node
/*
 * Starts the command line, unless this Node is too old for it: that ends in an error that says nothing of the version.
 *
 * Any Node can parse this file. Keep it that way: the build copies it as it is.
 */
'use strict'

var required = /(\d+)\.(\d+)/.exec(require('../../package.json').engines.node)
var current = /(\d+)\.(\d+)/.exec(process.version)
var majors = current[1] - required[1]

if (majors > 0 || (majors === 0 && current[2] - required[2] >= 0)) require('./program.js')
else {
  process.stderr.write(
    'actions-friendbuy-cloud requires Node.js ' +
      required[0] +
      ' or later; this is ' +
      process.version +
      '. Install a newer one from https://nodejs.org, or by your version manager.\n'
  )
  process.exitCode = 2
}
