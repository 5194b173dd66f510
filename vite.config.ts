import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  base: './',
  plugins: [react()],
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  worker: { format: 'es' },
  build: { target: 'es2023' },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'tests/**/*.test.ts', 'scripts/**/*.test.ts'],
    environment: 'node',
    // Modules keep no state: loading them anew for every file would cost more than most tests do.
    isolate: false,
    maxWorkers: '100%',
    // Shared machines are slow at times; a test that hangs is still found.
    testTimeout: 60_000,
  },
});
