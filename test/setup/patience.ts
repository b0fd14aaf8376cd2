// Jest ignores `testTimeout` inside a project. Every test waits for conditions with deadlines of its own; this is the last.
jest.setTimeout(120_000);
