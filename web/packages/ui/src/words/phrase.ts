import { type Locale, locale } from '../locale.svelte';

/** A text in both languages; `{name}` stands for what is filled in. */
export type Phrase = Readonly<Record<Locale, string>>;

/** A text in the present language; read inside a template it follows changes of language. */
export function say(phrase: Phrase | undefined, filling: Readonly<Record<string, string>> = {}): string {
	if (!phrase) return '';
	return phrase[locale.current].replace(/\{(\w+)\}/g, (whole, name: string) => filling[name] ?? whole);
}
