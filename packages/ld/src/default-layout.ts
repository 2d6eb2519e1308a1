import type { Layout } from './layout.ts';

/**
 * A layout for bare-metal programs: code, constants, data, zeroed data in this order from `textAddress` (by default
 * 0x80100000, one megabyte into kseg0), with the symbols programs expect: `etext`, `_gp`, `edata`, `__bss_start`, `end`.
 */
export function defaultLayout(textAddress = 0x8010_0000): Layout {
  return {
    statements: [
      { section: '.text', address: textAddress, contents: [{ sections: ['.text', '.text.*'] }] },
      ...symbols('etext', '_etext'),
      { section: '.rodata', contents: [{ sections: ['.rodata', '.rodata.*'] }] },
      { section: '.data', contents: [{ sections: ['.data', '.data.*'] }] },
      { assign: '_gp', to: 'ALIGN(16) + 0x7ff0', provide: true },
      { section: '.sdata', contents: [{ sections: ['.lit8', '.lit4', '.sdata', '.sdata.*'] }] },
      ...symbols('edata', '_edata', '__bss_start'),
      { section: '.sbss', contents: [{ sections: ['.sbss', '.sbss.*', '.scommon'] }] },
      { section: '.bss', contents: [{ sections: ['.bss', '.bss.*', 'COMMON'] }] },
      ...symbols('end', '_end'),
      { section: '/DISCARD/', contents: [{ sections: ['.note.*', '.eh_frame', '.comment', '.pdr', '.mdebug.*'] }] },
    ],
  };
}

const symbols = (...names: string[]) => names.map((assign) => ({ assign, to: '.', provide: true }));
