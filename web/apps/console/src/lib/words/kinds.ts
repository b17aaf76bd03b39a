import { m } from '$lib/i18n';
import type { KindGroup } from '$lib/logic/kinds';

const names: Readonly<Record<KindGroup, () => string>> = {
	identity: m.kinds_identity,
	evidence: m.kinds_evidence,
	delegation: m.kinds_delegation,
	realms: m.kinds_realms,
	protection: m.kinds_protection,
	log: m.kinds_log,
};

/** What the kinds of a group are about. */
export function kindGroupName(group: KindGroup): string {
	return names[group]();
}
