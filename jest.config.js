const common = {
  testEnvironment: 'node',
  transform: { '\\.[jt]s$': ['@swc/jest', { jsc: { target: 'es2023' } }] },
  // got and its dependencies are ES modules.
  transformIgnorePatterns: []
}

/** @type {import('jest').Config} */
module.exports = {
  // A test that starts processes takes a while on a busy machine.
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/test/support/tally-reporter.js'],
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/package/']
    },
    { ...common, displayName: 'package', testMatch: ['<rootDir>/test/package/*.test.ts'] }
  ]
}
