export { JitError, type JitErrorCode } from './errors.ts';
export { Translator, type TranslatorOptions, type TranslatorStatistics } from './translator.ts';
