// Every property run prints its seed when it fails; KSEG_PROP_RUNS raises the
// number of cases and KSEG_PROP_SEED repeats a run.
import fc from 'fast-check';

const runs = Number(process.env['KSEG_PROP_RUNS'] ?? 0);
const seed = Number(process.env['KSEG_PROP_SEED'] ?? Date.now() | 0);

fc.configureGlobal({ ...(runs > 0 ? { numRuns: runs } : {}), seed });
console.info(`fast-check seed ${seed} (repeat with KSEG_PROP_SEED=${seed})`);
