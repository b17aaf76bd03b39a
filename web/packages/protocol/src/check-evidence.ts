import {
	AnomalyClass,
	type AnomalyJudged,
	type AnomalyReported,
	type Attestation,
	type CredentialIssued,
	type CredentialRevoked,
	type Delegation,
	Dimension,
	type Event,
	Finding,
	type Judgement,
	Polarity,
	type Receipt,
	ReceiptOutcome,
	Severity,
	type Vouch,
} from '@erynoa/proto';
import { equalBytes } from './bytes';
import { MAX_CAPABILITIES, MAX_DELEGATION_DEPTH } from './delegation';
import {
	demand,
	demandAscending,
	demandExpiry,
	demandLabel,
	demandLength,
	demandName,
	demandOther,
	demandSorted,
	demandText,
	isDomainLabel,
	within,
} from './demand';
import { MAX_STAKE_PPM } from './evidence';

const PPM = 1_000_000;
const MAX_CAPABILITY_BYTES = 128;
const MAX_REPORT_SUBJECTS = 8;
const MAX_REPORT_EVIDENCE = 8;

/** Rules of the fields of what feeds trust, and of delegations (protocol §4, §5); nothing for other kinds. */
export function checkEvidenceBody(event: Event): void {
	const { body } = event;
	switch (body.case) {
		case 'attestation':
			checkAttestation(event, body.value);
			break;
		case 'attestationRevoked':
			demandLength(body.value.attestation, 32, 'attestation_revoked.attestation');
			demandText(body.value.reason, 'attestation_revoked.reason');
			break;
		case 'receipt':
			checkReceipt(event, body.value);
			break;
		case 'vouch':
			checkVouch(event, body.value);
			break;
		case 'vouchRevoked':
			demandLength(body.value.vouch, 32, 'vouch_revoked.vouch');
			demandText(body.value.reason, 'vouch_revoked.reason');
			break;
		case 'credentialIssued':
			checkCredentialIssued(event, body.value);
			break;
		case 'credentialRevoked':
			checkCredentialRevoked(body.value);
			break;
		case 'judgement':
			checkJudgement(event, body.value);
			break;
		case 'anomalyReported':
			checkAnomalyReported(event, body.value);
			break;
		case 'anomalyJudged':
			checkAnomalyJudged(body.value);
			break;
		case 'delegation':
			checkDelegation(event, body.value);
			break;
		case 'delegationRevoked':
			demandLength(body.value.delegation, 32, 'delegation_revoked.delegation');
			demandText(body.value.reason, 'delegation_revoked.reason');
			break;
	}
}

function wallOf(event: Event): bigint {
	return event.coordinate?.wallUs ?? 0n;
}

function checkAttestation(event: Event, body: Attestation): void {
	const at = (field: string) => `attestation.${field}`;
	demandLength(body.subject, 32, at('subject'));
	demand(
		!equalBytes(body.subject, event.author),
		at('subject'),
		'nobody attests themselves',
		'ATTESTATION_SELF',
	);
	demand(
		within(body.dimension, Dimension.RELIABILITY, Dimension.PRESTIGE),
		at('dimension'),
		'people attest reliability, integrity, competence or prestige',
	);
	demand(
		body.domain === '' || body.dimension === Dimension.COMPETENCE,
		at('domain'),
		'only competence has domains',
	);
	demandExpiry(body.expiresAtUs, wallOf(event), at('expires_at_us'));
	demand(within(body.polarity, Polarity.POSITIVE, Polarity.NEGATIVE), at('polarity'), 'positive or negative');
	demand(body.domain === '' || isDomainLabel(body.domain), at('domain'), 'at most 64 of a-z, 0-9 and -');
	demandText(body.comment, at('comment'));
}

function checkReceipt(event: Event, body: Receipt): void {
	const at = (field: string) => `receipt.${field}`;
	const terms = body.terms;
	demand(terms !== undefined, at('terms'), 'missing');
	demand(equalBytes(terms.realm, event.realm), at('terms.realm'), 'the realm of the event');
	demandLength(terms.performer, 32, at('terms.performer'));
	demandLength(terms.client, 32, at('terms.client'));
	demand(!equalBytes(terms.performer, terms.client), at('terms.client'), 'not the performer');
	demand(
		equalBytes(event.author, terms.performer) || equalBytes(event.author, terms.client),
		'event.author',
		'the performer or the client of the receipt',
	);
	demand(
		within(terms.outcome, ReceiptOutcome.KEPT, ReceiptOutcome.ABORTED_BY_CLIENT),
		at('terms.outcome'),
		'1 to 4',
	);
	demandText(terms.description, at('terms.description'));
	demandLength(terms.nonce, 16, at('terms.nonce'));
	demandLength(body.countersignerKey, 32, at('countersigner_key'));
	demandLength(body.countersignature, 64, at('countersignature'));
}

function checkVouch(event: Event, body: Vouch): void {
	const at = (field: string) => `vouch.${field}`;
	demandOther(body.member, event.author, at('member'));
	demand(within(body.stakePpm, 1, MAX_STAKE_PPM), at('stake_ppm'), `1 to ${MAX_STAKE_PPM}`);
	demandText(body.comment, at('comment'));
	demandExpiry(body.expiresAtUs, wallOf(event), at('expires_at_us'));
}

function checkCredentialIssued(event: Event, body: CredentialIssued): void {
	const at = (field: string) => `credential_issued.${field}`;
	demandOther(body.subject, event.author, at('subject'));
	demandName(body.type, at('type'));
	demandText(body.claim, at('claim'));
	if (body.contentHash.length > 0) demandLength(body.contentHash, 32, at('content_hash'));
	demandExpiry(body.expiresAtUs, wallOf(event), at('expires_at_us'));
}

function checkCredentialRevoked(body: CredentialRevoked): void {
	demandLength(body.credential, 32, 'credential_revoked.credential');
	demandLength(body.subject, 32, 'credential_revoked.subject');
	demandText(body.reason, 'credential_revoked.reason');
}

function checkJudgement(event: Event, body: Judgement): void {
	const at = (field: string) => `judgement.${field}`;
	demandOther(body.subject, event.author, at('subject'));
	demand(within(body.finding, Finding.CLAIM_TRUE, Finding.MEMBER_AT_FAULT), at('finding'), '1 to 9');
	demandLength(body.target, 32, at('target'));
	const least = body.finding === Finding.MEMBER_AT_FAULT ? 1 : 0;
	const most = body.finding === Finding.MEMBER_AT_FAULT ? PPM : 0;
	demand(
		within(body.severityPpm, least, most),
		at('severity_ppm'),
		`1 to ${PPM} with MEMBER_AT_FAULT, 0 otherwise`,
	);
	demandText(body.reason, at('reason'));
}

function checkAnomalyReported(event: Event, body: AnomalyReported): void {
	const at = (field: string) => `anomaly_reported.${field}`;
	demandAscending(body.subjects, 1, MAX_REPORT_SUBJECTS, at('subjects'));
	for (const subject of body.subjects) demandOther(subject, event.author, at('subjects'));
	demand(within(body.class, AnomalyClass.RATE, AnomalyClass.OTHER), at('class'), '1 to 5');
	demand(within(body.severity, Severity.LOW, Severity.CRITICAL), at('severity'), '1 to 4');
	demandAscending(body.evidence, 0, MAX_REPORT_EVIDENCE, at('evidence'));
	demandText(body.comment, at('comment'));
}

function checkAnomalyJudged(body: AnomalyJudged): void {
	const at = (field: string) => `anomaly_judged.${field}`;
	demandLength(body.report, 32, at('report'));
	demandLength(body.reporter, 32, at('reporter'));
	demand(
		body.confirmed
			? within(body.severity, Severity.LOW, Severity.CRITICAL)
			: body.severity === Severity.UNSPECIFIED,
		at('severity'),
		'1 to 4 when it is confirmed, else unspecified',
	);
	demandText(body.reason, at('reason'));
}

function checkDelegation(event: Event, body: Delegation): void {
	const at = (field: string) => `delegation.${field}`;
	demandOther(body.delegate, event.author, at('delegate'));
	demand(within(body.factorPpm, 1, PPM), at('factor_ppm'), `1 to ${PPM}`);
	demandSorted(body.capabilities, 1, MAX_CAPABILITIES, at('capabilities'));
	// Whether each is a capability is the log's business.
	for (const text of body.capabilities) demandLabel(text, 1, MAX_CAPABILITY_BYTES, at('capabilities'));
	demandExpiry(body.expiresAtUs, wallOf(event), at('expires_at_us'));
	demandExpiry(body.expiresAtUs, body.notBeforeUs, at('expires_at_us'));
	demand(within(body.maxDepth, 0, MAX_DELEGATION_DEPTH), at('max_depth'), `0 to ${MAX_DELEGATION_DEPTH}`);
	if (body.via.length > 0) demandLength(body.via, 32, at('via'));
}
