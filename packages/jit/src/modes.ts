// What addresses mean to the translator.

// Modes of translation that it knows.
export const KERNEL = 0;
export const USER = 2;

/** kseg0 and kseg1. */
export const isUnmapped = (address: number): boolean => address >>> 30 === 2;
