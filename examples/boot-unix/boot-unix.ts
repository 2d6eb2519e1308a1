import { AtaChannel, AtaDisk, I8259Pair, MemoryBlocks, R4kPower, Uart16550 } from '@kseg/devices';
import { createMachine, defineBoard, device, loadSegments, openRange, ram, readKernel } from '@kseg/machine';
import { unixFs, unixKernel } from '@kseg/unix';

const ISA = 0x1400_0000; // where this board puts a PC's I/O ports
const disk = new AtaDisk({ store: new MemoryBlocks(unixFs()) });

const board = defineBoard({
  name: 'my-board',
  cpu: '24Kc',
  endian: 'little',
  clock: 200_000_000,
  parts: [
    ram('ram', 0, 32 << 20),
    openRange('isa', ISA, 0x1_0000, 0xffff_ffff),
    device(
      'pic',
      [
        { base: ISA + 0x20, size: 2, width: 1 },
        { base: ISA + 0xa0, size: 2, width: 1, offset: 2 },
      ],
      (kit) => new I8259Pair({ irq: kit.irq() }),
      { irq: 'cpu.2' },
    ),
    device(
      'uart',
      { base: ISA + 0x3f8, size: 8, width: 1 },
      (kit) => kit.serial((sink) => new Uart16550({ irq: kit.irq(), scheduler: kit.scheduler, sink })),
      { irq: 'pic.4' },
    ),
    device(
      'ide',
      [
        { base: ISA + 0x1f0, size: 8 },
        { base: ISA + 0x3f6, size: 1, width: 1, offset: 8 },
      ],
      (kit) => new AtaChannel({ irq: kit.irq(), scheduler: kit.scheduler, drives: [disk] }),
      { irq: 'pic.14' },
    ),
    device(
      'power',
      { base: 0x1fbf_0000, size: 8 },
      (kit) => new R4kPower({ onReset: () => kit.control('reset'), onPowerOff: () => kit.control('powerOff') }),
    ),
  ],
  boot(target, { kernel }) {
    const file = readKernel(target, kernel);
    loadSegments(target, file);
    target.cpu.pc = file.header.entry;
  },
});

/** Boots to the shell, types the commands, and hands back all that the console printed. */
export function session(commands: readonly string[]): string {
  const machine = createMachine(board);
  machine.boot({ kernel: unixKernel({ disk: 'ata' }) });
  let output = '';
  machine.console?.onOutput((byte) => {
    output += String.fromCharCode(byte);
  });
  const steps = commands.map((command) => ({ expect: '$ ', send: `${command}\n` }));
  machine.console?.script([...steps, { expect: '$ ' }], () => machine.stop());
  machine.run(1_000_000_000);
  return output;
}
