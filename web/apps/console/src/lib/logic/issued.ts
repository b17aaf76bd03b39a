import type { AuditEntry } from '@erynoa/proto';

/** What the audit log says of a document that was issued; what an entry does not say is empty. */
export interface Issued {
	/** certificate, realm, minutes or audit. */
	kind: string;
	/** DID of whom a certificate is about. */
	subject: string;
	/** Realm that it is about, 64 hex digits. */
	realm: string;
	/** Proposal that minutes are about, 64 hex digits. */
	proposal: string;
	/** Time that a report of the audit log covers, microseconds; 0 = from the first entry. */
	sinceUs: bigint;
	untilUs: bigint;
}

/** Reads the details of an entry `document.issue`. */
export function readIssued({ details }: AuditEntry): Issued {
	let said: Record<string, unknown> = {};
	try {
		const value: unknown = JSON.parse(details);
		if (typeof value === 'object' && value !== null) said = value as Record<string, unknown>;
	} catch {
		// Shown as a document of which nothing is known but its hash.
	}
	const text = (field: string) => (typeof said[field] === 'string' ? said[field] : '');
	const time = (field: string) => (Number.isSafeInteger(said[field]) ? BigInt(said[field] as number) : 0n);
	return {
		kind: text('kind'),
		subject: text('subject'),
		realm: text('realm'),
		proposal: text('proposal'),
		sinceUs: time('since_us'),
		untilUs: time('until_us'),
	};
}
