export const PREFIXES: Readonly<Record<'little' | 'big', string>>;
export const guest: string;
export function obstacle(): string | undefined;
export function compile(
  prefix: string,
  from: string,
  source: string,
  output: string,
  options?: { sections?: boolean; lenient?: boolean; plain?: boolean },
): void;
export function run(cwd: string, tool: string, ...words: string[]): void;
export function sources(...folders: string[]): string[];
export const drivers: readonly string[];
export function stem(path: string): string;
export function kernelSources(): string[];
