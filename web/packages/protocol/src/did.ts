import { Namespace } from '@erynoa/proto';
import { utf8 } from './bytes';
import { ProtocolError } from './problem';
import { isUid, Tag, type Uid, uidOf, uidTag } from './uid';

export { Namespace };

/** A parsed DID. */
export interface Did {
	namespace: Namespace;
	uid: Uid;
}

const NAMES: ReadonlyMap<Namespace, string> = new Map([
	[Namespace.SELF, 'self'],
	[Namespace.GUILD, 'guild'],
	[Namespace.SPIRIT, 'spirit'],
	[Namespace.THING, 'thing'],
	[Namespace.VESSEL, 'vessel'],
	[Namespace.SOURCE, 'source'],
	[Namespace.CRAFT, 'craft'],
	[Namespace.VAULT, 'vault'],
	[Namespace.PACT, 'pact'],
	[Namespace.CIRCLE, 'circle'],
]);
const NUMBERS: ReadonlyMap<string, Namespace> = new Map([...NAMES].map(([number, name]) => [name, number]));
const PREFIX = 'did:erynoa:';

/** Name of a namespace in the text form of a DID, such as `self`. */
export function namespaceName(namespace: Namespace): string {
	const name = NAMES.get(namespace);
	if (name === undefined) throw new ProtocolError('DID_INVALID', 'a namespace is a number from 1 to 10');
	return name;
}

/** Whether identities of this kind name a controller. */
export function needsController(namespace: Namespace): boolean {
	return (
		namespace === Namespace.SPIRIT ||
		namespace === Namespace.THING ||
		namespace === Namespace.VESSEL ||
		namespace === Namespace.SOURCE
	);
}

/** Id of the identity that a first key founds: UID(1, 1, namespace byte ‖ key), self-certifying. */
export function identityUid(namespace: Namespace, firstKey: Uint8Array): Uid {
	namespaceName(namespace);
	return uidOf(Tag.did, 1, Uint8Array.of(namespace), firstKey);
}

/** `did:erynoa:<namespace>:<64 hexadecimal digits>`. */
export function printDid(did: Did): string {
	return `${PREFIX}${namespaceName(did.namespace)}:${did.uid}`;
}

/** DID text of the identity that a first key founds. */
export function didOf(namespace: Namespace, firstKey: Uint8Array): string {
	return printDid({ namespace, uid: identityUid(namespace, firstKey) });
}

/** The DID in a text; throws DID_INVALID for anything but the exact text form. */
export function parseDid(text: string): Did {
	const [name, uid, ...more] = text.startsWith(PREFIX) ? text.slice(PREFIX.length).split(':') : [];
	const namespace = NUMBERS.get(name ?? '');
	if (
		namespace === undefined ||
		uid === undefined ||
		more.length > 0 ||
		!isUid(uid) ||
		uidTag(uid) !== Tag.did
	) {
		throw new ProtocolError(
			'DID_INVALID',
			'a DID is did:erynoa:<namespace>:<64 lower-case hexadecimal digits>',
		);
	}
	return { namespace, uid };
}

/** Id of an identity that is given as DID or as id; throws DID_INVALID for anything else. */
export function identityRef(text: string): Uid {
	return isUid(text) ? text : parseDid(text).uid;
}

/** Short form for display, `self:f91250bd…9c9c`. Never parse it: it does not name an identity. */
export function shortDid(text: string): string {
	const { namespace, uid } = parseDid(text);
	return `${namespaceName(namespace)}:${uid.slice(8, 16)}…${uid.slice(-4)}`;
}

/** Id of the root realm of the log with this key (protocol §7). */
export function rootRealmUid(logKey: Uint8Array): Uid {
	return uidOf(Tag.realm, 1, utf8('erynoa:root:v1'), logKey);
}
