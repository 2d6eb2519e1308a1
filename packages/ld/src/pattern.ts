/** A matcher for a shell pattern (`*`, `?`, `[a-z]`), as linker scripts use for names of files and sections. */
export function matcher(pattern: string): (name: string) => boolean {
  if (!/[*?[]/.test(pattern)) return (name) => name === pattern;
  if (pattern === '*') return () => true;
  const expression = new RegExp(`^${translate(pattern)}$`, 's');
  return (name) => expression.test(name);
}

function translate(pattern: string): string {
  return pattern.replace(/\[!?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length === 1) return part.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    return part.replace(/\\/g, '\\\\').replace(/^\[!/, '[^');
  });
}
