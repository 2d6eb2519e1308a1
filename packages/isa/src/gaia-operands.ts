// The fields of GAIA's instruction words.

export type GaiaOperand = 'rx' | 'ra' | 'rb' | 'literal' | 'immediate' | 'displacement' | 'wordDisplacement' | 'target';

export interface GaiaOperandKind {
  /** Lowest bit of the field. */
  readonly shift: number;
  /** Bits. */
  readonly width: number;
  readonly signed: boolean;
  /** The value is the field times 2 to the power of this. */
  readonly scale: number;
  /** How assembly text writes it; `relative` counts from the next instruction. */
  readonly written: 'register' | 'number' | 'relative';
}

const register = (shift: number): GaiaOperandKind => ({
  shift,
  width: 5,
  signed: false,
  scale: 0,
  written: 'register',
});
const sixteen = (scale: number, written: 'number' | 'relative' = 'number'): GaiaOperandKind => ({
  shift: 0,
  width: 16,
  signed: true,
  scale,
  written,
});

/** Displacements and targets are values in bytes, as the assembler writes them. */
export const gaiaOperandKinds: Readonly<Record<GaiaOperand, GaiaOperandKind>> = {
  rx: register(23),
  ra: register(18),
  rb: register(13),
  literal: { shift: 5, width: 8, signed: true, scale: 0, written: 'number' },
  immediate: sixteen(0),
  displacement: sixteen(0),
  wordDisplacement: sixteen(2),
  target: sixteen(2, 'relative'),
};

/** The bits of a word that an operand occupies. Unsigned. */
export const gaiaFieldMask = (operand: GaiaOperand): number => {
  const { shift, width } = gaiaOperandKinds[operand];
  return (((1 << width) - 1) << shift) >>> 0;
};
