// One project per kind of test, so that a kind can be run alone: npx jest --selectProjects unit
const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
];
const base = {
  setupFilesAfterEnv: ['<rootDir>/test/setup/patience.ts'],
  testEnvironment: 'node',
  rootDir: __dirname,
  transform: { '^.+\\.ts$': swc },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
};
const project = (name, extra = {}) => ({
  ...base,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
});

module.exports = {
  testSequencer: '<rootDir>/test/setup/mixed.cjs',
  projects: [
    project('unit'),
    project('sandbox', {}),
    project('store', {
      globalSetup: '<rootDir>/test/setup/postgres-up.ts',
      globalTeardown: '<rootDir>/test/setup/postgres-down.ts',
    }),
    project('sim', {
      globalSetup: '<rootDir>/test/setup/postgres-up.ts',
      globalTeardown: '<rootDir>/test/setup/postgres-down.ts',
    }),
    project('replay', { globalSetup: '<rootDir>/test/setup/bundle.ts' }),
    project('e2e', {
      globalSetup: '<rootDir>/test/setup/services-up.ts',
      globalTeardown: '<rootDir>/test/setup/services-down.ts',
    }),
    project('web', {
      globalSetup: '<rootDir>/test/setup/web-up.ts',
      globalTeardown: '<rootDir>/test/setup/web-down.ts',
    }),
    // As long as asked, and never by itself: npm run test:storm.
    ...(process.env.STORM ? [project('storm')] : []),
    ...(process.env.STORM_HISTORIES
      ? [
          project('histories', {
            globalSetup: '<rootDir>/test/setup/postgres-up.ts',
            globalTeardown: '<rootDir>/test/setup/postgres-down.ts',
          }),
        ]
      : []),
  ],
};
