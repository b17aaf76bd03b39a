import { type EndorsementOf, endorsementBytes, type Uid, verifySignature } from '@erynoa/protocol';
import { printSigned, readSigned } from '$lib/data/signed-code';

/** Most endorsements that one joining carries. */
export const MAX_ENDORSEMENTS = 8;
/** Least norm of a member whose endorsement counts, ppm. */
export const ENDORSER_NORM_PPM = 700_000;

const PREFIX = 'erynoa-endorsement:';

/** The text that an endorsing member hands over; safe in an address. */
export function endorsementCode(endorsement: EndorsementOf): string {
	return printSigned(PREFIX, endorsement);
}

/** The endorsement in a code, or in a link that ends with one; undefined for anything else. */
export function readEndorsement(text: string): EndorsementOf | undefined {
	return readSigned(PREFIX, text);
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
