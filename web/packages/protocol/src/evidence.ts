// Builders of what feeds trust besides attestations and receipts: vouches, credentials, judgements, reports.
import { create } from '@bufbuild/protobuf';
import {
	AnomalyClass,
	AnomalyJudgedSchema,
	AnomalyReportedSchema,
	CredentialIssuedSchema,
	CredentialRevokedSchema,
	Finding,
	JudgementSchema,
	Severity,
	VouchRevokedSchema,
	VouchSchema,
} from '@erynoa/proto';
import { type Uid, uidBytes } from './uid';
import type { EventBody } from './wire';

export { AnomalyClass, Finding, Severity };

/** Greatest stake of a vouch, ppm. */
export const MAX_STAKE_PPM = 300_000;

/** Integrity that a voucher loses per unit of severity and stake, units. */
export const ANSWER_UNITS = 10;

/** 32-byte ids, without repeats, ascending: equal length and lower case, so texts sort as bytes do. */
function ascending(ids: readonly Uid[]): Uint8Array[] {
	return [...new Set(ids)].sort().map(uidBytes);
}

/** Answers for a member with a stake. */
export function vouch(init: {
	member: Uid;
	/** 1 to MAX_STAKE_PPM. */
	stakePpm: number;
	comment?: string;
	/** Microseconds since the Unix epoch; absent or 0 for never. */
	expiresAtUs?: bigint;
}): EventBody {
	return { case: 'vouch', value: create(VouchSchema, { ...init, member: uidBytes(init.member) }) };
}

/** Takes back a vouch of one's own. */
export function vouchRevoked(vouchId: Uid, reason = ''): EventBody {
	return { case: 'vouchRevoked', value: create(VouchRevokedSchema, { vouch: uidBytes(vouchId), reason }) };
}

/** Attests something formally; who may issue which type is a rule of the realm. */
export function credentialIssued(init: {
	subject: Uid;
	/** 1 to 64 characters of a–z, 0–9 and -. */
	type: string;
	claim?: string;
	/** BLAKE3 of private content that the subject holds, 32 bytes. */
	contentHash?: Uint8Array;
	expiresAtUs?: bigint;
}): EventBody {
	return {
		case: 'credentialIssued',
		value: create(CredentialIssuedSchema, { ...init, subject: uidBytes(init.subject) }),
	};
}

/** Takes back a credential of one's own. */
export function credentialRevoked(init: {
	credential: Uid;
	subject: Uid;
	/** Costs the subject integrity. */
	fraud?: boolean;
	reason?: string;
}): EventBody {
	const value = create(CredentialRevokedSchema, {
		...init,
		credential: uidBytes(init.credential),
		subject: uidBytes(init.subject),
	});
	return { case: 'credentialRevoked', value };
}

/** What a judge of the realm finds. */
export function judgement(init: {
	subject: Uid;
	finding: Finding;
	/** Event that is judged. */
	target: Uid;
	/** Only with MEMBER_AT_FAULT: 1 to 1 000 000. */
	severityPpm?: number;
	reason?: string;
}): EventBody {
	const value = create(JudgementSchema, {
		...init,
		subject: uidBytes(init.subject),
		target: uidBytes(init.target),
	});
	return { case: 'judgement', value };
}

/** Reports something odd; changes nothing until it is judged. */
export function anomalyReported(init: {
	/** One to eight. */
	subjects: readonly Uid[];
	class: AnomalyClass;
	severity: Severity;
	/** At most eight events that show it. */
	evidence?: readonly Uid[];
	comment?: string;
}): EventBody {
	const value = create(AnomalyReportedSchema, {
		...init,
		subjects: ascending(init.subjects),
		evidence: ascending(init.evidence ?? []),
	});
	return { case: 'anomalyReported', value };
}

/** A judge's decision on a report. */
export function anomalyJudged(init: {
	report: Uid;
	reporter: Uid;
	confirmed: boolean;
	/** As found; only when it is confirmed. */
	severity?: Severity;
	reason?: string;
}): EventBody {
	const value = create(AnomalyJudgedSchema, {
		...init,
		report: uidBytes(init.report),
		reporter: uidBytes(init.reporter),
	});
	return { case: 'anomalyJudged', value };
}
