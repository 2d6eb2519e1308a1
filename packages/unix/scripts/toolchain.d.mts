export const PREFIXES: Readonly<Record<'little' | 'big', string>>;
export const guest: string;
export function obstacle(): string | undefined;
export function compile(
  prefix: string,
  from: string,
  source: string,
  output: string,
  options?: { sections?: boolean; lenient?: boolean },
): void;
export function stem(path: string): string;
export function kernelSources(): string[];
