// vitest 4 ignores a bare workspace file, so this one default-exports a whole
// configuration and vitest.config.ts re-exports it: `vitest`, an IDE and
// `vitest --config vitest.workspace.ts` all see the same projects.
import { defineConfig } from 'vitest/config';

// Sources are tested without a build: every package's `exports` has this
// private condition, which `publishConfig` drops from what is published.
const conditions = ['@kseg/source', 'node', 'import', 'module', 'default'];

const everywhere = ['packages/*', 'examples/*', 'scripts'];
const files = (suffix: string) => everywhere.map((root) => `${root}/**/*${suffix}.ts`);

/** The layers of tests, told apart by the end of a file's name. */
const layers = {
  unit: { include: files('.test'), exclude: files('.{prop,boot,oracle,browser}.test') },
  prop: { include: files('.prop.test'), exclude: [] as string[] },
  boot: { include: files('.boot.test'), exclude: [] as string[] },
  oracle: { include: files('.oracle.test'), exclude: [] as string[] },
  browser: { include: files('.browser.test'), exclude: [] as string[] },
};

export default defineConfig({
  test: {
    projects: Object.entries(layers).map(([name, { include, exclude }]) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        include,
        exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
        testTimeout: name === 'unit' ? 10_000 : 120_000,
        hookTimeout: 120_000,
        setupFiles: name === 'prop' ? ['scripts/fast-check.setup.ts'] : [],
        // The command is tested as it is built.
        globalSetup: name === 'boot' ? ['scripts/boot.setup.ts'] : [],
      },
    })),
  },
});
