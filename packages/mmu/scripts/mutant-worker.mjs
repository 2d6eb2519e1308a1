// Runs the laws on the code of a mutant that `mutants.mjs` sends; answers with the first law broken, or undefined.
import { parentPort, workerData } from 'node:worker_threads';

const load = (code) => import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
const { lawsFor, assertLaw, sample, arbitraryProgram, perform, ReferenceMips32, ReferenceR3000 } = await load(
  workerData.laws,
);
const mips32 = (options) => [({ Mips32Mmu }) => new Mips32Mmu(options), () => new ReferenceMips32(options)];
const r3000 = (options) => [({ R3000Mmu }) => new R3000Mmu(options), () => new ReferenceR3000(options)];

/** The configurations under test, each with the literal model it is held against. */
const TRIALS = [
  mips32({}),
  mips32({ entries: 5 }),
  mips32({ smallPages: true }),
  mips32({ duplicates: 'machineCheck' }),
  mips32({ random: 'architectural' }),
  [({ R4000Mmu }) => new R4000Mmu(), () => new ReferenceMips32({ model: 'r4000' })],
  r3000({}),
  r3000({ random: 'seeded' }),
  r3000({ badVAddrOnAddressError: false }),
];

/**
 * The law 'state for state' on cases that are drawn, and asked of the literal model, once for all mutants: it kills
 * most, and so costs next to nothing.
 */
const CASES = TRIALS.map(([, reference]) => {
  const { model, entries } = reference();
  return sample(arbitraryProgram({ model, entries }), { numRuns: workerData.programs, seed: 1 }).map((program) => {
    const mmu = reference();
    return { program, expected: JSON.stringify([program.map((operation) => perform(mmu, operation)), mmu.save()]) };
  });
});

function tryCases(models) {
  for (const [i, [make]] of TRIALS.entries()) {
    for (const { program, expected } of CASES[i]) {
      const mmu = make(models);
      if (JSON.stringify([program.map((operation) => perform(mmu, operation)), mmu.save()]) !== expected)
        throw new Error('state for state');
    }
  }
}

function tryLaws(models) {
  for (const [make, reference] of TRIALS) {
    const subject = () => make(models);
    const tolerant = subject().tlbwi();
    for (const { name, property } of lawsFor(subject, reference)) {
      if (name === 'state for state' || (name === 'the lowest of duplicates' && !tolerant)) continue;
      assertLaw(property, { numRuns: workerData.runs, seed: 1, endOnFailure: true });
    }
  }
}

parentPort.on('message', async (code) => {
  try {
    const models = await load(code);
    tryCases(models);
    tryLaws(models);
    parentPort.postMessage(undefined);
  } catch (error) {
    parentPort.postMessage(String(error.cause ?? error.message));
  }
});
