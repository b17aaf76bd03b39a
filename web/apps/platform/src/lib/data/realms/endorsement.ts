import {
	concat,
	type EndorsementOf,
	endorsementBytes,
	fromBase64,
	toBase64,
	type Uid,
	uidBytes,
	uidFromBytes,
	verifySignature,
} from '@erynoa/protocol';

/** Most endorsements that one joining carries. */
export const MAX_ENDORSEMENTS = 8;
/** Least norm of a member whose endorsement counts, ppm. */
export const ENDORSER_NORM_PPM = 700_000;

const PREFIX = 'erynoa-endorsement:';
const ID = 32;
const KEY = 32;
const SIGNATURE = 64;

/** The text that an endorsing member hands over; safe in an address. */
export function endorsementCode(endorsement: EndorsementOf): string {
	const bytes = concat(uidBytes(endorsement.identity), endorsement.publicKey, endorsement.signature);
	return PREFIX + toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The endorsement in a code, or in a link that ends with one; undefined for anything else. */
export function readEndorsement(text: string): EndorsementOf | undefined {
	const start = text.indexOf(PREFIX);
	if (start < 0) return undefined;
	const code = text
		.slice(start + PREFIX.length)
		.replace(/\s+/g, '')
		.replaceAll('-', '+')
		.replaceAll('_', '/');
	const bytes = fromBase64(code.padEnd(Math.ceil(code.length / 4) * 4, '='));
	if (bytes?.length !== ID + KEY + SIGNATURE) return undefined;
	return {
		identity: uidFromBytes(bytes.slice(0, ID)),
		publicKey: bytes.slice(ID, ID + KEY),
		signature: bytes.slice(ID + KEY),
	};
}

/** Whether an endorsement is signed for this realm and this person. Whose key it is the log knows. */
export function fitsEndorsement(endorsement: EndorsementOf, realm: Uid, person: Uid): boolean {
	return verifySignature(endorsement.publicKey, endorsementBytes(realm, person), endorsement.signature);
}

/** Endorsements with one more; one a member, the newest counts. */
export function withEndorsement(known: readonly EndorsementOf[], fresh: EndorsementOf): EndorsementOf[] {
	return [...known.filter(({ identity }) => identity !== fresh.identity), fresh];
}

/** The person whom an address asks to endorse; undefined when it names nobody. */
export function readAsked(hash: string): Uid | undefined {
	const text = hash.replace(/^#/, '');
	return /^0001[0-9a-f]{60}$/.test(text) ? (text as Uid) : undefined;
}
