import {
	type Attestation,
	Dimension,
	type EquivocationProof,
	type Event,
	type IdentityCreated,
	type KeyAdded,
	KeyPurpose,
	Namespace,
	Polarity,
	type RealmCreated,
	type Receipt,
	ReceiptOutcome,
} from '@erynoa/proto';
import { compareBytes, equalBytes, utf8Length } from './bytes';
import { identityUid, needsController } from './did';
import { isUsableKey, verifyKeyAdded, verifySignature } from './ed25519';
import { ProtocolError } from './problem';
import { controllerBytes, eventSigningBytes, receiptBytes } from './proof';
import { uidFromBytes } from './uid';
import { decodeEntry, decodeEvent, eventId } from './wire';

const MAX_PARENTS = 9;
const MAX_TEXT_BYTES = 4096;
const MAX_NAME_BYTES = 128;
const MAX_LABEL_BYTES = 64;
const MAX_FOUNDERS = 7;
const DOMAIN = /^[a-z0-9-]{1,64}$/;
const WITHOUT_REALM: ReadonlySet<string> = new Set([
	'identityCreated',
	'keyAdded',
	'keyRevoked',
	'epochClosed',
]);

function demand(holds: boolean, field: string, message: string, code = 'EVENT_FIELD_INVALID'): asserts holds {
	if (!holds) throw new ProtocolError(code, message, field);
}

function demandLength(bytes: Uint8Array, length: number, field: string): void {
	demand(bytes.length === length, field, `${length} bytes, not ${bytes.length}`);
}

function demandText(text: string, field: string): void {
	demand(utf8Length(text) <= MAX_TEXT_BYTES, field, `at most ${MAX_TEXT_BYTES} bytes of UTF-8`);
}

function demandLabel(text: string, least: number, most: number, field: string): void {
	demand(within(utf8Length(text), least, most), field, `${least} to ${most} bytes of UTF-8`);
	demand(!/\p{Cc}/u.test(text), field, 'no control characters');
}

function demandAscending(ids: readonly Uint8Array[], least: number, most: number, field: string): void {
	demand(within(ids.length, least, most), field, `${least} to ${most} of them`);
	for (const [i, id] of ids.entries()) {
		demandLength(id, 32, field);
		const before = ids[i - 1];
		demand(before === undefined || compareBytes(before, id) < 0, field, 'strictly ascending');
	}
}

function within(value: number, least: number, greatest: number): boolean {
	return value >= least && value <= greatest;
}

/** Whether a text may be the domain label of a competence attestation. */
export function isDomainLabel(text: string): boolean {
	return DOMAIN.test(text);
}

/** Checks every rule of the fields (protocol §2, §4, §5); signatures and keys are not looked at. */
export function checkFields(event: Event): void {
	demand(event.version === 1, 'event.version', "the protocol's version is 1");
	demandLength(event.author, 32, 'event.author');
	demandLength(event.realm, 32, 'event.realm');
	demand(event.coordinate !== undefined, 'event.coordinate', 'missing');
	if (event.prev.length > 0) demandLength(event.prev, 32, 'event.prev');
	demandAscending(event.parents, 0, MAX_PARENTS, 'event.parents');
	demand(event.body.case !== undefined, 'event.body', 'an event has one body');
	checkBody(event);
	const isNull = event.realm.every((byte) => byte === 0);
	demand(
		isNull === WITHOUT_REALM.has(event.body.case),
		'event.realm',
		'32 zero bytes for identity events and epoch_closed, a realm for all others',
	);
	demand(
		event.body.case !== 'identityCreated' || event.prev.length === 0,
		'event.prev',
		'absent in the first event of a key',
	);
}

function checkBody(event: Event): void {
	const { body } = event;
	switch (body.case) {
		case 'identityCreated':
			checkIdentityCreated(body.value);
			break;
		case 'keyAdded':
			checkKeyAdded(body.value);
			break;
		case 'attestation':
			checkAttestation(event, body.value);
			break;
		case 'receipt':
			checkReceipt(event, body.value);
			break;
		case 'realmCreated':
			checkRealmCreated(event, body.value);
			break;
		case 'equivocationProof':
			checkEquivocation(body.value);
			break;
		case 'keyRevoked':
			demandLength(body.value.publicKey, 32, 'key_revoked.public_key');
			demandText(body.value.reason, 'key_revoked.reason');
			break;
		case 'attestationRevoked':
			demandLength(body.value.attestation, 32, 'attestation_revoked.attestation');
			demandText(body.value.reason, 'attestation_revoked.reason');
			break;
		case 'epochClosed':
			demand(body.value.epoch >= 1n, 'epoch_closed.epoch', 'counts from 1');
			demandLength(body.value.stateRoot, 32, 'epoch_closed.state_root');
			demandLength(body.value.parametersHash, 32, 'epoch_closed.parameters_hash');
			break;
		case 'custom':
			demand(body.value.type <= 0xffff, 'custom.type', '0 to 65535');
			break;
	}
}

function checkIdentityCreated(body: IdentityCreated): void {
	const at = (field: string) => `identity_created.${field}`;
	demand(within(body.namespace, Namespace.SELF, Namespace.CIRCLE), at('namespace'), '1 to 10');
	if (body.controller) {
		demandLength(body.controller.identity, 32, at('controller.identity'));
		demandLength(body.controller.publicKey, 32, at('controller.public_key'));
		demandLength(body.controller.signature, 64, at('controller.signature'));
		demand(
			needsController(body.namespace),
			at('controller'),
			'only a spirit, thing, vessel or source has a controller',
			'CONTROLLER_INVALID',
		);
	} else {
		demand(
			!needsController(body.namespace),
			at('controller'),
			'a spirit, thing, vessel or source names its controller',
			'CONTROLLER_REQUIRED',
		);
	}
	demandLabel(body.displayName, 0, MAX_NAME_BYTES, at('display_name'));
	demandLabel(body.keyLabel, 0, MAX_LABEL_BYTES, at('key_label'));
	if (body.recoveryKey.length > 0) demandLength(body.recoveryKey, 32, at('recovery_key'));
}

function checkKeyAdded(body: KeyAdded): void {
	const at = (field: string) => `key_added.${field}`;
	for (const purpose of body.purposes) {
		demand(within(purpose, KeyPurpose.SIGN_IN, KeyPurpose.RECOVERY), at('purposes'), '1 to 3');
	}
	const ascending = body.purposes.every((purpose, i) => purpose > (body.purposes[i - 1] ?? 0));
	demand(body.purposes.length > 0 && ascending, at('purposes'), 'at least one, strictly ascending');
	const aloneForRecovery = body.purposes.length === 1 || !body.purposes.includes(KeyPurpose.RECOVERY);
	demand(aloneForRecovery, at('purposes'), 'a recovery key has no other purpose');
	demandLength(body.publicKey, 32, at('public_key'));
	demandLabel(body.label, 0, MAX_LABEL_BYTES, at('label'));
	demandLength(body.countersignature, 64, at('countersignature'));
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
	demand(
		body.expiresAtUs === 0n || body.expiresAtUs > (event.coordinate?.wallUs ?? 0n),
		at('expires_at_us'),
		'0 for never, or later than the event itself',
	);
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

function checkRealmCreated(event: Event, body: RealmCreated): void {
	const at = (field: string) => `realm_created.${field}`;
	demand(equalBytes(body.realm, event.realm), at('realm'), 'the realm of the event');
	demandLabel(body.name, 1, MAX_NAME_BYTES, at('name'));
	demandAscending(body.founders, 1, MAX_FOUNDERS, at('founders'));
}

/** One of the two events of an equivocation proof: only what the proof rests on is looked at. */
function openProof(entry: Uint8Array, field: string) {
	try {
		const signed = decodeEntry(entry);
		const event = decodeEvent(signed.event);
		demandLength(event.author, 32, field);
		if (event.prev.length > 0) demandLength(event.prev, 32, field);
		return { id: eventId(signed.event), signed, event };
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error;
		throw new ProtocolError('EQUIVOCATION_INVALID', error.message, field);
	}
}

function checkEquivocation(body: EquivocationProof): void {
	const at = 'equivocation_proof.second';
	const invalid = 'EQUIVOCATION_INVALID';
	const first = openProof(body.first, 'equivocation_proof.first');
	const second = openProof(body.second, at);
	demand(first.id < second.id, at, 'two different events, ascending by event id', invalid);
	demand(
		equalBytes(first.signed.publicKey, second.signed.publicKey) &&
			equalBytes(first.event.author, second.event.author),
		at,
		'signed by the same key for the same author as the first',
		invalid,
	);
	demand(equalBytes(first.event.prev, second.event.prev), at, 'has the same prev as the first', invalid);
}

function demandUsable(key: Uint8Array, field: string): void {
	demand(isUsableKey(key), field, 'no point of the curve, or one of small order', 'KEY_SMALL_ORDER');
}

/**
 * Checks the keys that an event brings: nobody can own a key under which anybody can sign, and, where the
 * signer is known, an identity is named by its first key.
 */
export function checkKeys(event: Event, signer?: Uint8Array): void {
	const { body } = event;
	if (body.case === 'keyAdded') demandUsable(body.value.publicKey, 'key_added.public_key');
	if (body.case !== 'identityCreated') return;
	const { namespace, recoveryKey } = body.value;
	if (signer) {
		demand(
			identityUid(namespace, signer) === uidFromBytes(event.author),
			'event.author',
			'UID(1, 1, namespace byte ‖ public_key)',
		);
		demandUsable(signer, 'public_key');
	}
	if (recoveryKey.length > 0) {
		demandUsable(recoveryKey, 'identity_created.recovery_key');
		demand(
			signer === undefined || !equalBytes(recoveryKey, signer),
			'identity_created.recovery_key',
			'another key than the first one',
		);
	}
}

function demandSignature(holds: boolean, field: string, code = 'EVENT_COUNTERSIGNATURE_INVALID'): void {
	demand(holds, field, 'the signature does not hold', code);
}

/** Checks every signature inside the body of an event whose fields have been checked. */
export function checkCountersignatures(event: Event): void {
	const { body } = event;
	const author = uidFromBytes(event.author);
	switch (body.case) {
		case 'identityCreated': {
			const { controller } = body.value;
			if (!controller) break;
			const consents = verifySignature(controller.publicKey, controllerBytes(author), controller.signature);
			demandSignature(consents, 'identity_created.controller.signature');
			break;
		}
		case 'keyAdded': {
			const { publicKey, countersignature } = body.value;
			demandSignature(verifyKeyAdded(author, publicKey, countersignature), 'key_added.countersignature');
			break;
		}
		case 'receipt': {
			const { terms, countersignerKey, countersignature } = body.value;
			const agrees = terms && verifySignature(countersignerKey, receiptBytes(terms), countersignature);
			demandSignature(agrees === true, 'receipt.countersignature');
			break;
		}
		case 'equivocationProof':
			for (const field of ['first', 'second'] as const) {
				const signed = decodeEntry(body.value[field]);
				const genuine = verifySignature(signed.publicKey, eventSigningBytes(signed.event), signed.signature);
				demandSignature(genuine, `equivocation_proof.${field}`, 'EQUIVOCATION_INVALID');
			}
	}
}
