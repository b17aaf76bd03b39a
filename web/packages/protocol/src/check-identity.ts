import {
	type Controller,
	type ControllerSet,
	type Event,
	type IdentityCreated,
	type IdentityRecovered,
	type KeyAdded,
	KeyPurpose,
	Namespace,
} from '@erynoa/proto';
import { equalBytes } from './bytes';
import { demand, demandLabel, demandLength, demandText, within } from './demand';
import { needsController } from './did';

const MAX_NAME_BYTES = 128;
const MAX_LABEL_BYTES = 64;

/** Shortest and longest public delay of a recovery, seconds. */
export const LEAST_RECOVERY_DELAY_S = 3_600;
export const MOST_RECOVERY_DELAY_S = 2_592_000;
/** The delay that an identity has when it names none; written as 0, so that one meaning has one form. */
export const USUAL_RECOVERY_DELAY_S = 259_200;

/** Rules of the fields of identity events (protocol §4); nothing for other kinds. */
export function checkIdentityBody({ body }: Event): void {
	switch (body.case) {
		case 'identityCreated':
			checkIdentityCreated(body.value);
			break;
		case 'keyAdded':
			checkKeyAdded(body.value);
			break;
		case 'keyRevoked':
			demandLength(body.value.publicKey, 32, 'key_revoked.public_key');
			demandText(body.value.reason, 'key_revoked.reason');
			break;
		case 'controllerSet':
			checkControllerSet(body.value);
			break;
		case 'identityDeactivated':
			demandLength(body.value.identity, 32, 'identity_deactivated.identity');
			demandText(body.value.reason, 'identity_deactivated.reason');
			break;
		case 'identityRecovered':
			checkIdentityRecovered(body.value);
			break;
	}
}

function demandConsent(controller: Controller, field: string): void {
	demandLength(controller.identity, 32, `${field}.identity`);
	demandLength(controller.publicKey, 32, `${field}.public_key`);
	demandLength(controller.signature, 64, `${field}.signature`);
}

function checkControllerSet(body: ControllerSet): void {
	demandLength(body.identity, 32, 'controller_set.identity');
	demand(body.controller !== undefined, 'controller_set.controller', 'missing');
	demandConsent(body.controller, 'controller_set.controller');
}

function checkIdentityRecovered(body: IdentityRecovered): void {
	const at = (field: string) => `identity_recovered.${field}`;
	demandLength(body.publicKey, 32, at('public_key'));
	demandLength(body.countersignature, 64, at('countersignature'));
	demandLabel(body.keyLabel, 0, MAX_LABEL_BYTES, at('key_label'));
	if (body.recoveryKey.length === 0) return;
	demandLength(body.recoveryKey, 32, at('recovery_key'));
	demand(!equalBytes(body.recoveryKey, body.publicKey), at('recovery_key'), 'another key than the new one');
}

function checkIdentityCreated(body: IdentityCreated): void {
	const at = (field: string) => `identity_created.${field}`;
	demand(within(body.namespace, Namespace.SELF, Namespace.CIRCLE), at('namespace'), '1 to 10');
	if (body.controller) {
		demandConsent(body.controller, at('controller'));
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
	const delay = body.recoveryDelayS;
	demand(
		delay === 0 ||
			(delay !== USUAL_RECOVERY_DELAY_S && within(delay, LEAST_RECOVERY_DELAY_S, MOST_RECOVERY_DELAY_S)),
		at('recovery_delay_s'),
		`${LEAST_RECOVERY_DELAY_S} to ${MOST_RECOVERY_DELAY_S}, or 0 for ${USUAL_RECOVERY_DELAY_S}`,
	);
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
