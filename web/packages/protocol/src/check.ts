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
import type { VerifiedEvent } from './event';
import { ProtocolError } from './problem';
import { controllerBytes, receiptBytes, verifyKeyAdded } from './proof';
import { isUsableKey, verifySignature } from './signer';
import { uidFromBytes } from './uid';

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
	demand(bytes.length === length, field, `has ${length} bytes`);
}

function demandText(text: string, most: number, field: string): void {
	demand(utf8Length(text) <= most, field, `at most ${most} bytes of UTF-8`);
}

function demandAscending(ids: readonly Uint8Array[], field: string): void {
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

/**
 * Checks an event against every rule that needs no log. With the signer's key also what depends on
 * it; `verify` opens the two events of an equivocation proof and is given by the verifier.
 */
export function checkEvent(
	event: Event,
	signer?: Uint8Array,
	verify?: (entry: Uint8Array) => VerifiedEvent,
): void {
	demand(event.version === 1, 'version', 'the version is 1', 'EVENT_VERSION_UNKNOWN');
	demandLength(event.author, 32, 'author');
	demandLength(event.realm, 32, 'realm');
	demand(event.coordinate !== undefined, 'coordinate', 'is missing');
	if (event.prev.length > 0) demandLength(event.prev, 32, 'prev');
	demand(event.parents.length <= MAX_PARENTS, 'parents', `at most ${MAX_PARENTS}`);
	demandAscending(event.parents, 'parents');
	demand(event.body.case !== undefined, 'body', 'is missing or of an unknown kind');
	const isNull = event.realm.every((byte) => byte === 0);
	demand(
		isNull === WITHOUT_REALM.has(event.body.case),
		'realm',
		isNull ? 'this kind of event names a realm' : 'this kind of event belongs to no realm',
	);

	const body = event.body;
	switch (body.case) {
		case 'identityCreated':
			checkIdentityCreated(event, body.value, signer);
			break;
		case 'keyAdded':
			checkKeyAdded(event, body.value);
			break;
		case 'keyRevoked':
			demandLength(body.value.publicKey, 32, 'key_revoked.public_key');
			demandText(body.value.reason, MAX_TEXT_BYTES, 'key_revoked.reason');
			break;
		case 'attestation':
			checkAttestation(event, body.value);
			break;
		case 'attestationRevoked':
			demandLength(body.value.attestation, 32, 'attestation_revoked.attestation');
			demandText(body.value.reason, MAX_TEXT_BYTES, 'attestation_revoked.reason');
			break;
		case 'receipt':
			checkReceipt(event, body.value);
			break;
		case 'realmCreated':
			checkRealmCreated(event, body.value);
			break;
		case 'equivocationProof':
			checkEquivocation(body.value, verify);
			break;
		case 'epochClosed':
			demand(body.value.epoch >= 1n, 'epoch_closed.epoch', 'at least 1');
			demandLength(body.value.stateRoot, 32, 'epoch_closed.state_root');
			demandLength(body.value.parametersHash, 32, 'epoch_closed.parameters_hash');
			break;
		case 'custom':
			demand(body.value.type <= 0xffff, 'custom.type', 'at most 65535');
			break;
	}
}

function checkIdentityCreated(event: Event, body: IdentityCreated, signer?: Uint8Array): void {
	const at = (field: string) => `identity_created.${field}`;
	demand(within(body.namespace, Namespace.SELF, Namespace.CIRCLE), at('namespace'), 'a number from 1 to 10');
	demandText(body.displayName, MAX_NAME_BYTES, at('display_name'));
	demand(!/\p{Cc}/u.test(body.displayName), at('display_name'), 'without control characters');
	demandText(body.keyLabel, MAX_LABEL_BYTES, at('key_label'));
	if (body.recoveryKey.length > 0) {
		demand(isUsableKey(body.recoveryKey), at('recovery_key'), 'a usable Ed25519 key', 'KEY_INVALID');
	}
	demand(
		(body.controller !== undefined) === needsController(body.namespace),
		at('controller'),
		'present for a spirit, thing, vessel or source, absent for all others',
	);
	if (body.controller) {
		const { identity, publicKey, signature } = body.controller;
		demandLength(identity, 32, at('controller.identity'));
		demand(
			verifySignature(publicKey, controllerBytes(uidFromBytes(event.author)), signature),
			at('controller.signature'),
			'the consent of the controller does not hold',
			'EVENT_COUNTERSIGNATURE_INVALID',
		);
	}
	if (signer) {
		demand(isUsableKey(signer), 'public_key', 'a usable Ed25519 key', 'KEY_INVALID');
		demand(
			identityUid(body.namespace, signer) === uidFromBytes(event.author),
			'author',
			'the author is not the identity that this key founds',
		);
	}
}

function checkKeyAdded(event: Event, body: KeyAdded): void {
	const at = (field: string) => `key_added.${field}`;
	demand(isUsableKey(body.publicKey), at('public_key'), 'a usable Ed25519 key', 'KEY_INVALID');
	demand(body.purposes.length > 0, at('purposes'), 'at least one');
	for (const [i, purpose] of body.purposes.entries()) {
		demand(within(purpose, KeyPurpose.SIGN_IN, KeyPurpose.RECOVERY), at('purposes'), 'an unknown purpose');
		demand(purpose > (body.purposes[i - 1] ?? 0), at('purposes'), 'strictly ascending');
	}
	demandText(body.label, MAX_LABEL_BYTES, at('label'));
	demand(
		verifyKeyAdded(uidFromBytes(event.author), body.publicKey, body.countersignature),
		at('countersignature'),
		'the proof of possession does not hold',
		'EVENT_COUNTERSIGNATURE_INVALID',
	);
}

function checkAttestation(event: Event, body: Attestation): void {
	const at = (field: string) => `attestation.${field}`;
	demandLength(body.subject, 32, at('subject'));
	demand(!equalBytes(body.subject, event.author), at('subject'), 'somebody other than the author');
	demand(
		within(body.dimension, Dimension.RELIABILITY, Dimension.PRESTIGE),
		at('dimension'),
		'reliability, integrity, competence or prestige',
	);
	demand(within(body.polarity, Polarity.POSITIVE, Polarity.NEGATIVE), at('polarity'), 'positive or negative');
	if (body.domain !== '') {
		demand(body.dimension === Dimension.COMPETENCE, at('domain'), 'only with competence');
		demand(isDomainLabel(body.domain), at('domain'), '1 to 64 characters of a to z, 0 to 9 and -');
	}
	demandText(body.comment, MAX_TEXT_BYTES, at('comment'));
	demand(
		body.expiresAtUs === 0n || body.expiresAtUs > (event.coordinate?.wallUs ?? 0n),
		at('expires_at_us'),
		'later than the event itself',
	);
}

function checkReceipt(event: Event, body: Receipt): void {
	const at = (field: string) => `receipt.${field}`;
	const terms = body.terms;
	demand(terms !== undefined, at('terms'), 'is missing');
	demand(equalBytes(terms.realm, event.realm), at('terms.realm'), 'the realm of the event');
	demandLength(terms.performer, 32, at('terms.performer'));
	demandLength(terms.client, 32, at('terms.client'));
	demand(!equalBytes(terms.performer, terms.client), at('terms.client'), 'two different sides');
	demand(
		equalBytes(event.author, terms.performer) || equalBytes(event.author, terms.client),
		'author',
		'one of the two sides',
	);
	demand(
		within(terms.outcome, ReceiptOutcome.KEPT, ReceiptOutcome.ABORTED_BY_CLIENT),
		at('terms.outcome'),
		'an unknown outcome',
	);
	demandText(terms.description, MAX_TEXT_BYTES, at('terms.description'));
	demandLength(terms.nonce, 16, at('terms.nonce'));
	demandLength(body.countersignerKey, 32, at('countersigner_key'));
	demand(
		verifySignature(body.countersignerKey, receiptBytes(terms), body.countersignature),
		at('countersignature'),
		'the signature of the other side does not hold',
		'EVENT_COUNTERSIGNATURE_INVALID',
	);
}

function checkRealmCreated(event: Event, body: RealmCreated): void {
	const at = (field: string) => `realm_created.${field}`;
	demand(equalBytes(body.realm, event.realm), at('realm'), 'the realm of the event');
	demand(body.name !== '', at('name'), 'is missing');
	demandText(body.name, MAX_NAME_BYTES, at('name'));
	demand(within(body.founders.length, 1, MAX_FOUNDERS), at('founders'), 'one to seven');
	demandAscending(body.founders, at('founders'));
}

function checkEquivocation(body: EquivocationProof, verify?: (entry: Uint8Array) => VerifiedEvent): void {
	if (!verify) return;
	const at = (field: string) => `equivocation_proof.${field}`;
	const first = verify(body.first);
	const second = verify(body.second);
	demand(first.id < second.id, at('second'), 'strictly ascending by event id');
	demand(equalBytes(first.signed.publicKey, second.signed.publicKey), at('second'), 'signed by one key');
	demand(equalBytes(first.event.author, second.event.author), at('second'), 'of one author');
	demand(equalBytes(first.event.prev, second.event.prev), at('second'), 'on one prev');
}
