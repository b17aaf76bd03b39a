// What trust is for: the contexts of the norm, as they stand in addresses and in words.

import { TrustContext } from '@erynoa/protocol';
import { type Phrase, say } from './phrase';

const contexts = {
	default: { value: TrustContext.DEFAULT, name: { en: 'General', de: 'Allgemein' } },
	finance: { value: TrustContext.FINANCE, name: { en: 'Finance', de: 'Finanzen' } },
	social: { value: TrustContext.SOCIAL, name: { en: 'Social', de: 'Soziales' } },
	governance: { value: TrustContext.GOVERNANCE, name: { en: 'Governance', de: 'Mitbestimmung' } },
	technical: { value: TrustContext.TECHNICAL, name: { en: 'Technical', de: 'Technik' } },
	creative: { value: TrustContext.CREATIVE, name: { en: 'Creative', de: 'Kreatives' } },
	knowledge: { value: TrustContext.KNOWLEDGE, name: { en: 'Knowledge', de: 'Wissen' } },
} as const satisfies Record<string, { value: TrustContext; name: Phrase }>;

/** What a norm is asked for, as it stands in addresses. */
export type ContextKey = keyof typeof contexts;

/** All contexts, the default one first. */
export const contextKeys = Object.keys(contexts) as ContextKey[];

/** The context that an address names; the default one for anything unknown. */
export function contextKey(text: string | null): ContextKey {
	return text !== null && Object.hasOwn(contexts, text) ? (text as ContextKey) : 'default';
}

export function contextOf(key: ContextKey): TrustContext {
	return contexts[key].value;
}

/** Name of a context; empty for one that is unknown here. */
export function contextName(context: TrustContext): string {
	const key = contextKeys.find((each) => contexts[each].value === context);
	return key ? say(contexts[key].name) : '';
}

/** All contexts for a select. */
export function contextOptions(): { value: ContextKey; label: string }[] {
	return contextKeys.map((value) => ({ value, label: say(contexts[value].name) }));
}
