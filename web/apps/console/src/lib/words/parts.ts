import { m } from '$lib/i18n';

const parts: Readonly<Record<string, { name: () => string; remedy: () => string }>> = {
	accounts: { name: m.part_accounts, remedy: m.part_remedy_store },
	audit: { name: m.part_audit, remedy: m.part_remedy_store },
	cache: { name: m.part_cache, remedy: m.part_remedy_cache },
	'identity provider': { name: m.part_provider, remedy: m.part_remedy_provider },
	log: { name: m.part_log, remedy: m.part_remedy_store },
	mail: { name: m.part_mail, remedy: m.part_remedy_mail },
	sequencer: { name: m.part_sequencer, remedy: m.part_remedy_sequencer },
	sessions: { name: m.part_sessions, remedy: m.part_remedy_store },
	storage: { name: m.part_objects, remedy: m.part_remedy_objects },
};

/** What a part is, in plain words; its own name when it is a new one. */
export function partName(part: string): string {
	return parts[part]?.name() ?? part;
}

/** What an operator does when it is down. */
export function partRemedy(part: string): string {
	return parts[part]?.remedy() ?? m.part_remedy_other();
}
