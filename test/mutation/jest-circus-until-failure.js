const { default: circus } = require('jest-circus/runner')
const { createEmptyTestResult } = require('@jest/test-result')

/** Jest runs, by their configuration, in which a test has failed. */
const failed = new WeakSet()

/** A file whose one test is skipped: a file without any is an error to jest. */
const skippedResultOf = (testFilePath) => ({
  ...createEmptyTestResult(),
  testFilePath,
  numPendingTests: 1,
  testResults: [
    { ancestorTitles: [], failureMessages: [], fullName: testFilePath, status: 'pending', title: '' }
  ]
})

/**
 * Jest's test runner, which leaves off at the first test that fails: a mutant needs to be noticed once. Stryker has
 * jest run all files to their end, and takes none but a runner that has `jest-circus` in its name.
 */
module.exports = async (globalConfig, config, environment, runtime, testPath, ...others) => {
  if (failed.has(globalConfig)) return skippedResultOf(testPath)
  const handleTestEvent = environment.handleTestEvent?.bind(environment)
  environment.handleTestEvent = async (event, state) => {
    if (event.name === 'test_start' && failed.has(globalConfig)) event.test.mode = 'skip'
    if (event.name === 'test_done' && event.test.errors.length > 0) failed.add(globalConfig)
    await handleTestEvent?.(event, state)
  }
  const result = await circus(globalConfig, config, environment, runtime, testPath, ...others)
  if (result.testExecError) failed.add(globalConfig)
  return result
}
