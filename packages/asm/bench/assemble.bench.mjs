// Lines per CPU second on a compiler-like source. Run on the build: node packages/asm/bench/assemble.bench.mjs [file.s …]
//
// Without files: a function as gcc writes it, over and over under new names, 100,000 lines in all.
import { readFileSync } from 'node:fs';
import { assemble } from '../dist/index.js';

const FUNCTION = (n) => `	.align	2
	.globl	f${n}
	.ent	f${n}
	.type	f${n}, @function
f${n}:
	.frame	$sp,24,$31		# vars= 0, regs= 1/0, args= 16, gp= 0
	.mask	0x80000000,-4
	.set	noreorder
	.set	nomacro
	addiu	$sp,$sp,-24
	sw	$31,20($sp)
	lui	$2,%hi(table)
	addiu	$2,$2,%lo(table)
	move	$4,$0
$L${n}:
	sll	$3,$4,2
	addu	$3,$2,$3
	lw	$5,0($3)
	jal	f${n > 0 ? n - 1 : 0}
	addiu	$4,$4,1

	slt	$3,$4,${(n % 90) + 10}
	bne	$3,$0,$L${n}
	li	$6,12345			# 0x3039

	lw	$31,20($sp)
	jr	$31
	addiu	$sp,$sp,24

	.set	macro
	.set	reorder
	.end	f${n}
	.size	f${n}, .-f${n}
`;

/** For sources of position-independent code: KSEG_ASM_OPTIONS='{"pic":true}'. */
const options = { fp: 'fpxx', ...JSON.parse(process.env.KSEG_ASM_OPTIONS ?? '{}') };
const files = process.argv.slice(2);
const sources =
  files.length > 0
    ? files.map((file) => readFileSync(file, 'utf8'))
    : [`${Array.from({ length: 3000 }, (_, n) => FUNCTION(n)).join('')}	.comm table,400,4\n`];
const lines = sources.reduce((sum, source) => sum + source.split('\n').length - 1, 0);
// A compiler of JavaScript takes a while to get going: what counts is the pace after that.
const BUDGET = 6e6;
const paces = [];
for (let spent = 0; spent < BUDGET; ) {
  const start = process.cpuUsage();
  for (const source of sources) if (assemble(source, options).object === null) throw new Error('the source has errors');
  const { user, system } = process.cpuUsage(start);
  spent += user + system;
  paces.push(lines / ((user + system) / 1e6));
}
const late = paces.slice(Math.floor(paces.length / 2)).sort((a, b) => a - b);
const [median, best] = [late[late.length >> 1], late.at(-1)].map(Math.round);
console.log(
  `${lines} lines, ${paces.length} runs: ${median} lines per CPU second in the middle of the later half, ${best} at best`,
);
