import { create } from '@bufbuild/protobuf';
import { DelegationRevokedSchema, DelegationSchema } from '@erynoa/proto';
import { compareBytes, utf8 } from './bytes';
import { type Uid, uidBytes } from './uid';
import type { EventBody } from './wire';

/** Most further links of a delegation. */
export const MAX_DELEGATION_DEPTH = 5;

/** Most capabilities of one delegation. */
export const MAX_CAPABILITIES = 16;

/** Lends authority to another identity, in the realm of the event and all below it. */
export function delegation(init: {
	delegate: Uid;
	/** 1 to 1 000 000. */
	factorPpm: number;
	/** 1 to 16; put in order here. */
	capabilities: readonly string[];
	notBeforeUs?: bigint;
	expiresAtUs?: bigint;
	/** How many further links may follow, 0 to 5. */
	maxDepth?: number;
	/** The delegation to the author that this one hands on. */
	via?: Uid;
}): EventBody {
	const { via, ...rest } = init;
	const value = create(DelegationSchema, {
		...rest,
		delegate: uidBytes(init.delegate),
		capabilities: [...new Set(init.capabilities)].sort((a, b) => compareBytes(utf8(a), utf8(b))),
		...(via === undefined ? {} : { via: uidBytes(via) }),
	});
	return { case: 'delegation', value };
}

/** Ends a delegation of one's own, and with it every chain through it. */
export function delegationRevoked(delegationId: Uid, reason = ''): EventBody {
	const value = create(DelegationRevokedSchema, { delegation: uidBytes(delegationId), reason });
	return { case: 'delegationRevoked', value };
}

/** A capability, opened. */
export type Capability =
	| { kind: 'all' }
	| { kind: 'read' | 'write' | 'execute'; path: string }
	| { kind: 'attest'; dimensions: readonly string[] }
	| { kind: 'delegate'; links: number };

/** Names of the dimensions in `attest:`, in the protocol's order. */
export const ATTESTABLE_NAMES = ['reliability', 'integrity', 'competence', 'prestige'] as const;
const DIMENSIONS: readonly string[] = [...ATTESTABLE_NAMES, 'vigilance', 'fidelity'];
const MAX_CAPABILITY_BYTES = 128;
const SEGMENT = /^[A-Za-z0-9._-]+$/;

/** Segments with `/` between them, with or without one before them; the last may be `*`, but not alone. */
function isPath(text: string): boolean {
	const relative = text.replace(/^\//, '');
	if (relative === '*') return text !== relative;
	return relative
		.replace(/\/\*$/, '')
		.split('/')
		.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..');
}

/** Opens a capability; undefined when the text is none. There is one way to write each. */
export function parseCapability(text: string): Capability | undefined {
	if (text.length > MAX_CAPABILITY_BYTES) return undefined;
	if (text === '*') return { kind: 'all' };
	const colon = text.indexOf(':');
	const [kind, rest] = [text.slice(0, colon), text.slice(colon + 1)];
	if (colon < 0 || rest === '') return undefined;
	switch (kind) {
		case 'read':
		case 'write':
		case 'execute':
			return isPath(rest) ? { kind, path: rest } : undefined;
		case 'attest': {
			const dimensions = rest.split(',');
			const places = dimensions.map((name) => DIMENSIONS.indexOf(name));
			const ascending = places.every((place, i) => place > (places[i - 1] ?? -1));
			return ascending ? { kind, dimensions } : undefined;
		}
		case 'delegate':
			return /^[0-5]$/.test(rest) ? { kind, links: Number(rest) } : undefined;
		default:
			return undefined;
	}
}

/** Whether whoever holds `held` may do `wanted` (protocol §4). */
export function impliesCapability(held: string, wanted: string): boolean {
	const [a, b] = [parseCapability(held), parseCapability(wanted)];
	if (!a || !b) return false;
	if (a.kind === 'all' || held === wanted) return true;
	if ('path' in a && 'path' in b) {
		// Up to the segment border: `read:notes/*` covers `read:notes/today`, not `read:notes2`.
		return a.kind === b.kind && a.path.endsWith('/*') && b.path.startsWith(a.path.slice(0, -1));
	}
	if (a.kind === 'attest' && b.kind === 'attest') {
		return b.dimensions.every((name) => a.dimensions.includes(name));
	}
	return a.kind === 'delegate' && b.kind === 'delegate' && a.links >= b.links;
}

/** Trust that goes with a chain: the product of its factors times the trust at its beginning, ppm, floored once. */
export function lentTrust(factorsPpm: readonly number[], beginningPpm: number): number {
	const million = 1_000_000n;
	const product = factorsPpm.reduce((share, factor) => share * BigInt(factor), BigInt(beginningPpm));
	return Number(product / million ** BigInt(factorsPpm.length));
}
