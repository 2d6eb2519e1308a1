import { Timeline } from '@kseg/bus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialLine } from './serial-line.ts';

/** A receiver of `depth` bytes, read by hand. */
function line(depth: number) {
  const timeline = new Timeline(1);
  const held: number[] = [];
  const drains: (() => void)[] = [];
  const console = new SerialLine('tty', timeline.port('tty'));
  console.attach({
    get room() {
      return depth - held.length;
    },
    receive: (bytes) => held.push(...bytes),
    onDrain: (listener) => {
      drains.push(listener);
      return { dispose() {} };
    },
  });
  return {
    timeline,
    console,
    held,
    print: (text: string) => {
      for (const byte of new TextEncoder().encode(text)) console.sink(byte);
    },
    read: () => {
      const byte = held.shift();
      for (const drain of drains) drain();
      return byte;
    },
  };
}

describe('a console', () => {
  it('feeds every byte once, in order, never more than there is room for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 16 }),
        (inputs, depth) => {
          const { timeline, console, held, read } = line(depth);
          const got: number[] = [];
          for (const input of inputs) {
            console.send(input);
            timeline.fire();
            expect(held.length).toBeLessThanOrEqual(depth);
            got.push(...([read()].filter((byte) => byte !== undefined) as number[]));
          }
          for (let byte = read(); byte !== undefined; byte = read()) got.push(byte);
          expect(got).toEqual(inputs.flatMap((input) => [...input]));
        },
      ),
    );
  });

  it('finds an awaited text exactly where it ends for the first time, however its prefixes overlap', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab]{1,5}$/), fc.stringMatching(/^[ab]{0,40}$/), (pattern, output) => {
        const { console, print } = line(16);
        let at = -1;
        let printed = 0;
        console.script([{ expect: pattern }], () => {
          at = printed;
        });
        for (const letter of output) {
          printed++;
          print(letter);
        }
        const index = output.indexOf(pattern);
        expect(at).toBe(index < 0 ? -1 : index + pattern.length);
        expect(console.awaited).toBe(index < 0 ? pattern : undefined);
      }),
    );
  });

  it('answers each text when it has come, step by step', () => {
    const { timeline, console, held, print } = line(16);
    let finished = false;
    console.script([{ expect: '', send: 'x' }, { expect: '$ ', send: 'ls\n' }, { expect: '$ ' }], () => {
      finished = true;
    });
    timeline.fire();
    expect(String.fromCharCode(...held.splice(0))).toBe('x');
    print('boot\n$ ');
    timeline.fire();
    expect(String.fromCharCode(...held.splice(0))).toBe('ls\n');
    expect(finished).toBe(false);
    print('ls\nREADME\n$ ');
    expect([finished, console.awaited]).toEqual([true, undefined]);
  });

  it('does not finish while its last step has something to say, and takes bytes as they are', () => {
    const { timeline, console, held, print } = line(16);
    let finished = false;
    console.script([{ expect: Uint8Array.of(36, 0xff), send: Uint8Array.of(0x80) }], () => {
      finished = true;
    });
    print('$');
    console.sink(0xff);
    timeline.fire();
    expect([finished, console.awaited, held]).toEqual([false, undefined, [0x80]]);
  });

  it('keeps waiting input in a snapshot', () => {
    const first = line(1);
    first.console.send('abc');
    const second = line(1);
    second.console.load(structuredClone(first.console.save()));
    second.timeline.load(structuredClone(first.timeline.save()));
    second.timeline.fire();
    expect([second.read(), second.read(), second.read()]).toEqual([97, 98, 99]);
  });

  it('stops telling a listener that was disposed of', () => {
    const { console, print } = line(1);
    const seen: number[] = [];
    const subscription = console.onOutput((byte) => seen.push(byte));
    print('a');
    subscription.dispose();
    print('b');
    expect(seen).toEqual([97]);
  });
});
