import jestConfig from '../../jest.config.js'

const { displayName: _name, ...unit } = jestConfig.projects[0]

/**
 * What Stryker is to break, and the tests that are to notice. All tests for each mutant would take hours.
 *
 * @param {string} name of the report
 * @param {string[]} mutate files
 * @param {string[]} tests files and folders within test
 * @returns {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export const configOf = (name, mutate, tests) => ({
  mutate,
  testRunner: 'jest',
  coverageAnalysis: 'perTest',
  jest: {
    // One jest project: Stryker sets the environment of the root, which those of several projects would override.
    config: {
      ...unit,
      testTimeout: 5000,
      testRunner: '<rootDir>/test/mutation/jest-circus-until-failure.js',
      testSequencer: '<rootDir>/test/mutation/killers-first.js',
      testMatch: tests.map((test) => `<rootDir>/test/${test}`)
    }
  },
  // A busy machine is no reason to take a mutant for noticed.
  timeoutFactor: 4,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { logTests: false, allowColor: false },
  jsonReporter: { fileName: `coverage/mutation-${name}.json` },
  tempDirName: 'coverage/stryker',
  thresholds: { high: 95, low: 90, break: 90 }
})
