import type { TrustContext } from '@erynoa/proto';
import { m } from '$lib/i18n';
import { type ContextKey, contexts } from '$lib/logic/trust-query';

const names: Readonly<Record<ContextKey, () => string>> = {
	default: m.context_default,
	finance: m.context_finance,
	social: m.context_social,
	governance: m.context_governance,
	technical: m.context_technical,
	creative: m.context_creative,
	knowledge: m.context_knowledge,
};

const keys = Object.keys(names) as ContextKey[];

/** All contexts for a select. */
export function contextOptions(): { value: ContextKey; label: string }[] {
	return keys.map((value) => ({ value, label: names[value]() }));
}

/** Name of a context; empty for one that this console does not know. */
export function contextName(context: TrustContext): string {
	const key = keys.find((each) => contexts[each] === context);
	return key ? names[key]() : '';
}
