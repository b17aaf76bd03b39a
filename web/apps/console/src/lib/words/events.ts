import type { EventRecord } from '@erynoa/proto';
import { decodeEvent, Polarity, ProtocolError, shortDid } from '@erynoa/protocol';
import { dimensionInfo, eventKindName, words } from '@erynoa/ui';
import { m } from '$lib/i18n';

/** A self-chosen name, or what stands in for it. */
export function nameOr(name: string, did: string): string {
	if (name !== '') return name;
	try {
		return shortDid(did);
	} catch {
		return words().noName;
	}
}

/** What an event says, in a few words; empty when its kind says it all. */
export function eventGist(record: EventRecord): string {
	if (!record.signed) return '';
	try {
		const { body } = decodeEvent(record.signed.event);
		switch (body.case) {
			case 'attestation': {
				const { dimension, polarity, domain } = body.value;
				const sign = polarity === Polarity.NEGATIVE ? '−' : '+';
				return `${sign} ${dimensionInfo(dimension).name}${domain === '' ? '' : `: ${domain}`}`;
			}
			case 'keyAdded':
				return body.value.label;
			case 'realmCreated':
				return body.value.name;
			case 'epochClosed':
				return m.epoch_number({ epoch: body.value.epoch.toString() });
			default:
				return '';
		}
	} catch (error) {
		// The event's own page says what is wrong with its bytes.
		if (error instanceof ProtocolError) return '';
		throw error;
	}
}

/** One line that names an event: kind, position, who and about whom. */
export function eventLine(record: EventRecord): string {
	const facts = {
		kind: eventKindName(record.kind),
		sequence: record.sequence.toString(),
		author: nameOr(record.authorName, record.author),
	};
	return record.subject === ''
		? m.event_line(facts)
		: m.event_line_about({ ...facts, subject: nameOr(record.subjectName, record.subject) });
}
