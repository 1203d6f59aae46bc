const { statSync } = require('node:fs')
const { basename } = require('node:path')
const { default: Sequencer } = require('@jest/test-sequencer')

/** When each test file last noticed a mutant. */
const noticed = new Map()

/**
 * A mutant is done with at the first test file that fails, so the order decides how long all of them take: first the
 * tests of the mutated file itself, then what noticed the mutant before, its neighbour, then the small files. Jest's
 * own order begins with the slow ones.
 */
module.exports = class extends Sequencer {
  constructor({ globalConfig, ...others }) {
    super({ globalConfig, ...others })
    // Stryker has jest run the tests that are related to the mutated file.
    this.mutated = globalConfig.nonFlagArgs.map((path) => basename(path, '.ts'))
  }

  sort(tests) {
    const isOwn = ({ path }) => Number(this.mutated.includes(basename(path, '.test.ts')))
    const lastOf = ({ path }) => noticed.get(path) ?? 0
    const sizeOf = ({ path }) => statSync(path).size
    return [...tests].sort(
      (one, other) => isOwn(other) - isOwn(one) || lastOf(other) - lastOf(one) || sizeOf(one) - sizeOf(other)
    )
  }

  cacheResults(_tests, { testResults }) {
    for (const { numFailingTests, testFilePath } of testResults) {
      if (numFailingTests > 0) noticed.set(testFilePath, Date.now())
    }
  }
}
