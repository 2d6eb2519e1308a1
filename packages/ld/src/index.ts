export { type Archive, type ArchiveMember, isArchive, readArchive, writeArchive } from './archive.ts';
export { defaultLayout } from './default-layout.ts';
export { LinkError, type LinkErrorCode, type LinkProblem } from './errors.ts';
export type {
  Assertion,
  Assignment,
  ContentStatement,
  Data,
  Expression,
  InputPattern,
  Layout,
  LayoutStatement,
  MemoryRegion,
  OutputLayout,
  SectionPattern,
  SegmentLayout,
} from './layout.ts';
export { type LinkedSection, type LinkOptions, type LinkResult, link } from './link.ts';
export type { LinkInput } from './resolve.ts';
export { parseScript } from './script.ts';
