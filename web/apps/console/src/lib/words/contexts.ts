import { m } from '$lib/i18n';
import type { ContextKey } from '$lib/logic/trust-query';

const names: Readonly<Record<ContextKey, () => string>> = {
	default: m.context_default,
	finance: m.context_finance,
	social: m.context_social,
	governance: m.context_governance,
	technical: m.context_technical,
	creative: m.context_creative,
	knowledge: m.context_knowledge,
};

/** All contexts for a select. */
export function contextOptions(): { value: ContextKey; label: string }[] {
	return (Object.keys(names) as ContextKey[]).map((value) => ({ value, label: names[value]() }));
}
