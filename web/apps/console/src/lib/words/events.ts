import { type EventRecord, ProposalState } from '@erynoa/proto';
import { decodeEvent, Polarity, ProposalOutcome, ProtocolError } from '@erynoa/protocol';
import {
	anomalyName,
	dimensionInfo,
	eventKindName,
	findingName,
	formatTrust,
	nameOr,
	proposalStateName,
	severityName,
} from '@erynoa/ui';
import { m } from '$lib/i18n';

const outcomeState: Readonly<Record<number, ProposalState>> = {
	[ProposalOutcome.EXECUTED]: ProposalState.EXECUTED,
	[ProposalOutcome.DEFEATED]: ProposalState.DEFEATED,
	[ProposalOutcome.VETOED]: ProposalState.VETOED,
};

function signed(count: number): string {
	return count > 0 ? `+${count}` : `−${-count}`;
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
			case 'vouch':
				return m.gist_stake({ stake: formatTrust(body.value.stakePpm) });
			case 'credentialIssued':
				return body.value.type;
			case 'credentialRevoked':
				return body.value.fraud ? m.gist_fraud() : '';
			case 'judgement':
				return findingName(body.value.finding);
			case 'delegation':
				return body.value.capabilities.join(', ');
			case 'realmCreated':
				return body.value.name;
			case 'realmRulesChanged': {
				const { set, removed } = body.value;
				return [...set.map((rule) => `+ ${rule.id}`), ...removed.map((id) => `− ${id}`)].join(', ');
			}
			case 'memberBanned':
				return body.value.lifted ? m.gist_admitted() : m.gist_excluded();
			case 'proposal':
				return body.value.title;
			case 'vote':
				return body.value.veto ? m.gist_veto() : signed(body.value.votes);
			case 'proposalClosed':
				return proposalStateName(outcomeState[body.value.outcome] ?? ProposalState.UNSPECIFIED);
			case 'anomalyReported':
				return `${anomalyName(body.value.class)} · ${severityName(body.value.severity)}`;
			case 'anomalyJudged':
				return body.value.confirmed
					? `${m.report_confirmed()} · ${severityName(body.value.severity)}`
					: m.report_false();
			case 'epochClosed':
			case 'epochCosigned':
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
