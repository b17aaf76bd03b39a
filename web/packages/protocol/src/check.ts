import type { EquivocationProof, Event } from '@erynoa/proto';
import { equalBytes } from './bytes';
import { checkEvidenceBody } from './check-evidence';
import { checkIdentityBody } from './check-identity';
import { checkRealmBody } from './check-realm';
import { demand, demandAscending, demandLength } from './demand';
import { identityUid } from './did';
import { isUsableKey, verifyKeyAdded, verifySignature } from './ed25519';
import { ProtocolError } from './problem';
import { controllerBytes, endorsementBytes, eventSigningBytes, receiptBytes } from './proof';
import { uidFromBytes } from './uid';
import { decodeEntry, decodeEvent, eventId } from './wire';

const MAX_PARENTS = 9;
const WITHOUT_REALM: ReadonlySet<string> = new Set([
	'identityCreated',
	'keyAdded',
	'keyRevoked',
	'controllerSet',
	'identityDeactivated',
	'identityRecovered',
	'epochClosed',
]);

/** Checks every rule of the fields (protocol §2, §4, §5, §7); signatures and keys are not looked at. */
export function checkFields(event: Event): void {
	demand(event.version === 1, 'event.version', "the protocol's version is 1");
	demandLength(event.author, 32, 'event.author');
	demandLength(event.realm, 32, 'event.realm');
	demand(event.coordinate !== undefined, 'event.coordinate', 'missing');
	if (event.prev.length > 0) demandLength(event.prev, 32, 'event.prev');
	demandAscending(event.parents, 0, MAX_PARENTS, 'event.parents');
	demand(event.body.case !== undefined, 'event.body', 'an event has one body');
	checkIdentityBody(event);
	checkEvidenceBody(event);
	checkRealmBody(event);
	if (event.body.case === 'equivocationProof') checkEquivocation(event.body.value);
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
	demand(
		equalBytes(first.event.prev, second.event.prev) || contradict(first.event, second.event),
		at,
		'has the same prev as the first, or cosigns another root of the same epoch',
		invalid,
	);
}

/** Two cosignatures of one epoch of one log on different roots. */
function contradict(first: Event, second: Event): boolean {
	if (first.body.case !== 'epochCosigned' || second.body.case !== 'epochCosigned') return false;
	const [a, b] = [first.body.value, second.body.value];
	return (
		equalBytes(a.logKey, b.logKey) &&
		a.epoch === b.epoch &&
		!(a.size === b.size && equalBytes(a.root, b.root) && equalBytes(a.stateRoot, b.stateRoot))
	);
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
	if (body.case === 'identityRecovered') {
		const { publicKey, recoveryKey } = body.value;
		demandUsable(publicKey, 'identity_recovered.public_key');
		if (recoveryKey.length > 0) demandUsable(recoveryKey, 'identity_recovered.recovery_key');
	}
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
		case 'identityRecovered': {
			const { publicKey, countersignature } = body.value;
			const held = verifyKeyAdded(author, publicKey, countersignature);
			demandSignature(held, 'identity_recovered.countersignature');
			break;
		}
		case 'controllerSet': {
			const { identity, controller } = body.value;
			const message = controllerBytes(uidFromBytes(identity));
			const consents = controller && verifySignature(controller.publicKey, message, controller.signature);
			demandSignature(consents === true, 'controller_set.controller.signature');
			break;
		}
		case 'realmJoined': {
			const message = endorsementBytes(uidFromBytes(event.realm), author);
			for (const { publicKey, signature } of body.value.endorsements) {
				demandSignature(
					verifySignature(publicKey, message, signature),
					'realm_joined.endorsements.signature',
				);
			}
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
