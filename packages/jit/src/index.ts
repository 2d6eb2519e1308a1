export { Translator, type TranslatorOptions, type TranslatorStatistics } from './translator.ts';
