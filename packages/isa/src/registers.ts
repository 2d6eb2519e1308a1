// Register names as objdump prints them for the o32 ABI and a MIPS32 Release 2 core.

export const gprNames: readonly string[] = /* @__PURE__ */ (() =>
  'zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp s8 ra'.split(' '))();

// One word a register; the selects follow each other behind commas, and "+n"
// says that selects 1 to n go by the same name with their number behind it.
const cp0 = /* @__PURE__ */ (() =>
  `index,mvpcontrol,mvpconf0,mvpconf1 random,vpecontrol,vpeconf0,vpeconf1,yqmask,vpeschedule,vpeschefback
entrylo0,tcstatus,tcbind,tcrestart,tchalt,tccontext,tcschedule,tcschefback entrylo1 context,contextconfig
pagemask,pagegrain wired,srsconf0,srsconf1,srsconf2,srsconf3,srsconf4 hwrena badvaddr count entryhi compare
status,intctl,srsctl,srsmap cause epc prid,ebase config,config1,config2,config3 lladdr watchlo+7 watchhi+7
xcontext - - debug,tracecontrol,tracecontrol2,usertracedata,tracebpc depc perfcnt+7 errctl cacheerr+3
taglo,datalo,taglo1,datalo1,taglo2,datalo2,taglo3,datalo3 taghi,datahi,taghi1,datahi1,taghi2,datahi2,taghi3,datahi3
errorepc desave`
    .split(/\s/)
    .map((register) => {
      const [name, ...more] = register.split(',') as [string, ...string[]];
      const [stem, repeats] = name.split('+') as [string, string?];
      const selects = repeats ? Array.from({ length: Number(repeats) }, (_, index) => `${stem},${index + 1}`) : more;
      return stem === '-' ? [] : [stem, ...selects];
    }))();

/** A CP0 register's name with its select: `c0_status`, `c0_watchlo,1`; `$22,3` for one without a name. */
export function cp0Name(register: number, select: number): string {
  const name = cp0[register]?.[select];
  return name ? `c0_${name}` : select === 0 ? `$${register}` : `$${register},${select}`;
}

const hwr = ['cpunum', 'synci_step', 'cc', 'ccres'];

/** The hardware register that RDHWR reads: `hwr_cc`, `$29`. */
export const hwrName = (register: number): string => (hwr[register] ? `hwr_${hwr[register]}` : `$${register}`);

const fcr: Readonly<Record<number, string>> = {
  0: 'fir',
  1: 'ufr',
  4: 'unfr',
  25: 'fccr',
  26: 'fexr',
  28: 'fenr',
  31: 'fcsr',
};

/** An FPU control register: `c1_fcsr`, `$2`. */
export const fcrName = (register: number): string => (fcr[register] ? `c1_${fcr[register]}` : `$${register}`);

const msacr = ['ir', 'csr', 'access', 'save', 'modify', 'request', 'map', 'unmap'];

/** An MSA control register: `msa_csr`, `$9`. */
export const msacrName = (register: number): string => (msacr[register] ? `msa_${msacr[register]}` : `$${register}`);
