import { EventKind, EventOrder, type EventRecord, type Rule } from '@erynoa/proto';
import { decodeEvent, uidFromBytes } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { allPages } from './all-pages';

/**
 * A realm's own rules just before a proposal took effect, out of the events that set them, oldest
 * first. All of them when the proposal is not among these.
 */
export function rulesBefore(records: readonly EventRecord[], proposal: string): Rule[] {
	const rules = new Map<string, Rule>();
	for (const { signed } of records) {
		const body = signed && decodeEvent(signed.event).body;
		if (body?.case === 'realmCreated') {
			for (const rule of body.value.rules) rules.set(rule.id, rule);
		} else if (body?.case === 'realmRulesChanged') {
			if (uidFromBytes(body.value.proposal) === proposal) break;
			for (const id of body.value.removed) rules.delete(id);
			for (const rule of body.value.set) rules.set(rule.id, rule);
		}
	}
	return [...rules.values()];
}

/** The events that have set a realm's own rules, oldest first. */
export function ruleEvents(realm: string): Promise<EventRecord[]> {
	return allPages(async (pageToken) => {
		const answer = await erynoa.api.events.list({
			filter: { realm, kinds: [EventKind.REALM_CREATED, EventKind.REALM_RULES_CHANGED] },
			order: EventOrder.OLDEST_FIRST,
			pageSize: 100,
			pageToken,
		});
		return { items: answer.events, next: answer.nextPageToken };
	});
}
