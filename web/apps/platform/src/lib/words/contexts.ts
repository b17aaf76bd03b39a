import { TrustContext } from '@erynoa/proto';
import * as m from '$lib/paraglide/messages';

/** What a norm is asked for, as it stands in addresses. */
export type ContextKey =
	| 'default'
	| 'finance'
	| 'social'
	| 'governance'
	| 'technical'
	| 'creative'
	| 'knowledge';

const contexts: Readonly<Record<ContextKey, { value: TrustContext; name: () => string }>> = {
	default: { value: TrustContext.DEFAULT, name: m.context_default },
	finance: { value: TrustContext.FINANCE, name: m.context_finance },
	social: { value: TrustContext.SOCIAL, name: m.context_social },
	governance: { value: TrustContext.GOVERNANCE, name: m.context_governance },
	technical: { value: TrustContext.TECHNICAL, name: m.context_technical },
	creative: { value: TrustContext.CREATIVE, name: m.context_creative },
	knowledge: { value: TrustContext.KNOWLEDGE, name: m.context_knowledge },
};

/** The context that an address names; the default one for anything unknown. */
export function contextKey(text: string | null): ContextKey {
	return text !== null && Object.hasOwn(contexts, text) ? (text as ContextKey) : 'default';
}

export function contextOf(key: ContextKey): TrustContext {
	return contexts[key].value;
}

/** All contexts for a select. */
export function contextOptions(): { value: ContextKey; label: string }[] {
	return (Object.keys(contexts) as ContextKey[]).map((value) => ({ value, label: contexts[value].name() }));
}
