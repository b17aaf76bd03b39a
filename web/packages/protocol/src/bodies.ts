import { create } from '@bufbuild/protobuf';
import {
	AttestationRevokedSchema,
	AttestationSchema,
	ControllerSchema,
	ControllerSetSchema,
	CustomSchema,
	Dimension,
	IdentityCreatedSchema,
	IdentityDeactivatedSchema,
	IdentityRecoveredSchema,
	KeyAddedSchema,
	KeyPurpose,
	KeyRevokedSchema,
	type Namespace,
	Polarity,
	ReceiptOutcome,
	ReceiptSchema,
	type ReceiptTerms,
	ReceiptTermsSchema,
} from '@erynoa/proto';
import { USUAL_RECOVERY_DELAY_S } from './check-identity';
import { controllerBytes, receiptBytes, signKeyAdded } from './proof';
import type { Signer } from './signer';
import { type Uid, uidBytes } from './uid';
import type { EventBody } from './wire';

export { Dimension, KeyPurpose, Polarity, ReceiptOutcome };

/** What a device key may do unless something else is asked for. */
export const DEVICE_KEY_PURPOSES: readonly KeyPurpose[] = [KeyPurpose.SIGN_IN, KeyPurpose.ASSERTION];

/** Somebody who consents to being the controller of a new identity. */
export interface ControllerConsent {
	identity: Uid;
	/** A live assertion key of the controller. */
	publicKey: Uint8Array;
	/** Of `controllerBytes(uid of the new identity)`, 64 bytes. */
	signature: Uint8Array;
}

/** The controller's consent to the creation of `identity`. */
export async function consentAsController(
	identity: Uid,
	controller: Uid,
	signer: Signer,
): Promise<ControllerConsent> {
	return {
		identity: controller,
		publicKey: signer.publicKey,
		signature: await signer.sign(controllerBytes(identity)),
	};
}

/** First event of an identity; its signer is the first key. */
export function identityCreated(init: {
	namespace: Namespace;
	/** Self-chosen, public and permanent; at most 128 bytes without control characters. */
	displayName?: string;
	/** Name of the device, at most 64 bytes. */
	keyLabel?: string;
	recoveryKey?: Uint8Array;
	/** For a spirit, thing, vessel or source. */
	controller?: ControllerConsent;
	/** Public delay of a recovery, seconds: 3 600 to 2 592 000; absent or 0 for 72 hours. */
	recoveryDelayS?: number;
}): EventBody {
	const { controller, recoveryDelayS = 0, ...rest } = init;
	const value = create(IdentityCreatedSchema, {
		...rest,
		recoveryDelayS: recoveryDelayS === USUAL_RECOVERY_DELAY_S ? 0 : recoveryDelayS,
	});
	if (controller) value.controller = consentMessage(controller);
	return { case: 'identityCreated', value };
}

function consentMessage(consent: ControllerConsent) {
	return create(ControllerSchema, { ...consent, identity: uidBytes(consent.identity) });
}

/** Hands a controlled identity to another controller; the author is the present one. */
export function controllerSet(identity: Uid, controller: ControllerConsent): EventBody {
	const value = create(ControllerSetSchema, {
		identity: uidBytes(identity),
		controller: consentMessage(controller),
	});
	return { case: 'controllerSet', value };
}

/** Ends an identity for ever; the author is the identity itself or one of its controllers. */
export function identityDeactivated(identity: Uid, reason = ''): EventBody {
	const value = create(IdentityDeactivatedSchema, { identity: uidBytes(identity), reason });
	return { case: 'identityDeactivated', value };
}

/** Replaces all keys by a new one after the public delay; to be signed by the recovery key. */
export async function identityRecovered(
	author: Uid,
	newKey: Signer,
	init: {
		keyLabel?: string;
		/** The next recovery key; absent keeps the present one. */
		recoveryKey?: Uint8Array;
	} = {},
): Promise<EventBody> {
	const countersignature = await signKeyAdded(author, newKey);
	const value = create(IdentityRecoveredSchema, { ...init, publicKey: newKey.publicKey, countersignature });
	return { case: 'identityRecovered', value };
}

/** Adds a key whose proof of possession came from another device. */
export function keyAdded(init: {
	publicKey: Uint8Array;
	/** From `signKeyAdded`, 64 bytes. */
	countersignature: Uint8Array;
	label?: string;
	/** DEVICE_KEY_PURPOSES unless given. */
	purposes?: readonly KeyPurpose[];
}): EventBody {
	const purposes = [...new Set(init.purposes ?? DEVICE_KEY_PURPOSES)].sort((a, b) => a - b);
	return { case: 'keyAdded', value: create(KeyAddedSchema, { ...init, purposes }) };
}

/** Adds a key that this program holds itself. */
export async function keyAddedBy(
	author: Uid,
	newKey: Signer,
	init: { label?: string; purposes?: readonly KeyPurpose[] } = {},
): Promise<EventBody> {
	const countersignature = await signKeyAdded(author, newKey);
	return keyAdded({ ...init, publicKey: newKey.publicKey, countersignature });
}

/** Ends a key for ever. */
export function keyRevoked(publicKey: Uint8Array, reason = ''): EventBody {
	return { case: 'keyRevoked', value: create(KeyRevokedSchema, { publicKey, reason }) };
}

/** A statement about another identity. */
export function attestation(init: {
	subject: Uid;
	/** Reliability, integrity, competence or prestige. */
	dimension: Dimension;
	polarity: Polarity;
	/** Only with competence: 1 to 64 characters of a–z, 0–9 and -. */
	domain?: string;
	/** At most 4 KiB; public. */
	comment?: string;
	/** Microseconds since the Unix epoch; absent or 0 for never. */
	expiresAtUs?: bigint;
}): EventBody {
	return {
		case: 'attestation',
		value: create(AttestationSchema, { ...init, subject: uidBytes(init.subject) }),
	};
}

/** Takes back an attestation of one's own. */
export function attestationRevoked(attestationId: Uid, reason = ''): EventBody {
	const value = create(AttestationRevokedSchema, { attestation: uidBytes(attestationId), reason });
	return { case: 'attestationRevoked', value };
}

/** What both sides of an interaction agree on; the nonce is drawn here. */
export function receiptTerms(init: {
	realm: Uid;
	performer: Uid;
	client: Uid;
	outcome: ReceiptOutcome;
	description?: string;
}): ReceiptTerms {
	return create(ReceiptTermsSchema, {
		...init,
		realm: uidBytes(init.realm),
		performer: uidBytes(init.performer),
		client: uidBytes(init.client),
		nonce: crypto.getRandomValues(new Uint8Array(16)),
	});
}

/** The other side's signature of the terms, 64 bytes. */
export function signReceipt(terms: ReceiptTerms, otherSide: Signer): Promise<Uint8Array> {
	return otherSide.sign(receiptBytes(terms));
}

/** An interaction confirmed by both sides. */
export function receipt(init: {
	terms: ReceiptTerms;
	countersignerKey: Uint8Array;
	countersignature: Uint8Array;
}): EventBody {
	return { case: 'receipt', value: create(ReceiptSchema, init) };
}

/** Content that the log stores and orders but does not judge. */
export function custom(type: number, version: number, data: Uint8Array): EventBody {
	return { case: 'custom', value: create(CustomSchema, { type, version, data }) };
}
