import { type ControllerConsent, controllerBytes, type Uid, verifySignature } from '@erynoa/protocol';
import { printSigned, readSigned } from './signed-code';

const PREFIX = 'erynoa-consent:';

/** The text by which somebody says that they take over an identity. */
export function consentCode(consent: ControllerConsent): string {
	return printSigned(PREFIX, consent);
}

/**
 * The consent to take over `identity` in a code, or in a link that ends with one; undefined for anything
 * else. Whose key it is the log knows.
 */
export function readConsent(text: string, identity: Uid): ControllerConsent | undefined {
	const said = readSigned(PREFIX, text);
	return said && verifySignature(said.publicKey, controllerBytes(identity), said.signature)
		? said
		: undefined;
}
