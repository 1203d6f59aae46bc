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
  // Most of these tests wait for a process or a server, so a core for jest itself would stand idle.
  maxWorkers: '100%',
  reporters: ['default', '<rootDir>/test/support/tally-reporter.js'],
  projects: [
    {
      ...common,
      displayName: 'unit',
      // An import() within src names the file that tsc would emit.
      moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
      globalSetup: '<rootDir>/test/support/ensure-servers.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/no-credential-shown.ts'],
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/browser/', '<rootDir>/test/package/']
    },
    {
      ...common,
      displayName: 'browser',
      globalSetup: '<rootDir>/test/browser/global-setup.ts',
      globalTeardown: '<rootDir>/test/browser/global-teardown.ts',
      testMatch: ['<rootDir>/test/browser/*.test.ts'],
      // No ES module is loaded, and puppeteer is large.
      transformIgnorePatterns: ['/node_modules/']
    },
    {
      ...common,
      displayName: 'package',
      globalSetup: '<rootDir>/test/package/global-setup.ts',
      globalTeardown: '<rootDir>/test/package/global-teardown.ts',
      testMatch: ['<rootDir>/test/package/*.test.ts']
    }
  ]
}
