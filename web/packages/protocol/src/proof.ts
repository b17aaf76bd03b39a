import { toBinary } from '@bufbuild/protobuf';
import { type ReceiptTerms, ReceiptTermsSchema } from '@erynoa/proto';
import { blake3 } from '@noble/hashes/blake3.js';
import { concat, utf8 } from './bytes';
import { ProtocolError } from './problem';
import type { Signer } from './signer';
import { type Uid, uidBytes } from './uid';

/** The bytes under an event's signature: "ERYNOA-EVENT-V1" ‖ BLAKE3-256(event bytes) (protocol §2). */
export function eventSigningBytes(eventBytes: Uint8Array): Uint8Array {
	return concat(utf8('ERYNOA-EVENT-V1'), blake3(eventBytes));
}

/** The bytes that a new key signs to show that somebody holds it (`KeyAdded.countersignature`). */
export function keyAddedBytes(author: Uid, newKey: Uint8Array): Uint8Array {
	return concat(utf8('ERYNOA-KEY-ADDED-V1'), uidBytes(author), newKey);
}

/** The new key's proof of possession, 64 bytes; made on the device that is being added. */
export function signKeyAdded(author: Uid, newKey: Signer): Promise<Uint8Array> {
	return newKey.sign(keyAddedBytes(author, newKey.publicKey));
}

/** The bytes that a controller signs to consent to an identity that it controls. */
export function controllerBytes(identity: Uid): Uint8Array {
	return concat(utf8('ERYNOA-CONTROLLER-V1'), uidBytes(identity));
}

/** The bytes that a member signs who endorses somebody for a realm (`Endorsement.signature`). */
export function endorsementBytes(realm: Uid, joiner: Uid): Uint8Array {
	return concat(utf8('ERYNOA-ENDORSEMENT-V1'), uidBytes(realm), uidBytes(joiner));
}

/** The bytes that the other side of a receipt signs. */
export function receiptBytes(terms: ReceiptTerms): Uint8Array {
	return concat(
		utf8('ERYNOA-RECEIPT-V1'),
		blake3(toBinary(ReceiptTermsSchema, terms, { writeUnknownFields: false })),
	);
}

/** A challenge of the sign-in, as the server sends it. */
export interface SignInChallenge {
	/** 32 bytes. */
	challenge: Uint8Array;
	/** Origin that the server says it is. */
	origin: string;
}

/** The bytes that answer a sign-in challenge: "ERYNOA-SIGN-IN-V1" ‖ challenge ‖ uid ‖ origin. */
export function signInBytes(challenge: SignInChallenge, identity: Uid): Uint8Array {
	return concat(utf8('ERYNOA-SIGN-IN-V1'), challenge.challenge, uidBytes(identity), utf8(challenge.origin));
}

/** The bytes that tie an account to an identity: "ERYNOA-LINK-V1" ‖ challenge ‖ uid ‖ origin. */
export function linkBytes(challenge: SignInChallenge, identity: Uid): Uint8Array {
	return concat(utf8('ERYNOA-LINK-V1'), challenge.challenge, uidBytes(identity), utf8(challenge.origin));
}

function checkChallenge(challenge: SignInChallenge, ownOrigin: string): void {
	if (challenge.origin !== ownOrigin) {
		throw new ProtocolError(
			'SIGN_IN_ORIGIN_FOREIGN',
			`the challenge is for ${challenge.origin}, this page belongs to ${ownOrigin}`,
			'origin',
		);
	}
	if (challenge.challenge.length !== 32) {
		throw new ProtocolError('SIGN_IN_CHALLENGE_INVALID', 'a challenge has 32 bytes', 'challenge');
	}
}

/**
 * Answers a sign-in challenge, 64 bytes. Throws SIGN_IN_ORIGIN_FOREIGN when the challenge names an
 * origin other than the one that the caller knows it is talking to: otherwise a hostile server could
 * pass on another server's challenge and sign in there.
 */
export function signSignIn(
	challenge: SignInChallenge,
	identity: Uid,
	signer: Signer,
	ownOrigin: string,
): Promise<Uint8Array> {
	checkChallenge(challenge, ownOrigin);
	return signer.sign(signInBytes(challenge, identity));
}

/** As `signSignIn`, to tie the account that is signed in to an identity. */
export function signLink(
	challenge: SignInChallenge,
	identity: Uid,
	signer: Signer,
	ownOrigin: string,
): Promise<Uint8Array> {
	checkChallenge(challenge, ownOrigin);
	return signer.sign(linkBytes(challenge, identity));
}
