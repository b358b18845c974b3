import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Real processes, real sockets, two cores: a few files at a time, generous deadlines, no retries that hide flakes.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    reporters: ['default'],
  },
});
