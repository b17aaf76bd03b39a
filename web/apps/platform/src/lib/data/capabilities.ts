import { ATTESTABLE_NAMES, MAX_DELEGATION_DEPTH, parseCapability } from '@erynoa/protocol';

export type AttestName = (typeof ATTESTABLE_NAMES)[number];

/** Deeds that an agent can be allowed one by one, by the kind of their event. */
export const DEEDS = [
	'receipt',
	'vouch',
	'credential_issued',
	'anomaly_reported',
	'realm_created',
	'realm_joined',
	'proposal',
	'custom',
] as const;
export type DeedName = (typeof DEEDS)[number];

/** What somebody may do, as a form asks for it. */
export interface Allowance {
	everything: boolean;
	attest: readonly AttestName[];
	deeds: readonly DeedName[];
	/** How often it may be handed on, 0 to 5. */
	links: number;
	/** Further capabilities as the protocol writes them, one a line. */
	other: string;
}

export const NOTHING: Allowance = { everything: false, attest: [], deeds: [], links: 0, other: '' };

function linesOf(text: string): string[] {
	return text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');
}

/** The capabilities that an allowance stands for. */
export function capabilitiesOf(allowance: Allowance): string[] {
	if (allowance.everything) return ['*'];
	const attest = ATTESTABLE_NAMES.filter((name) => allowance.attest.includes(name));
	return [
		...(attest.length > 0 ? [`attest:${attest.join(',')}`] : []),
		...DEEDS.filter((deed) => allowance.deeds.includes(deed)).map((deed) => `execute:${deed}`),
		...(allowance.links > 0 ? [`delegate:${allowance.links}`] : []),
		...linesOf(allowance.other),
	];
}

/** Lines of free text that are no capability. */
export function wrongLines(other: string): string[] {
	return linesOf(other).filter((line) => parseCapability(line) === undefined);
}

/** Capabilities as the form shows them; what it has no box for comes as free text. */
export function allowanceOf(capabilities: readonly string[]): Allowance {
	const attest = new Set<AttestName>();
	const deeds = new Set<DeedName>();
	const other: string[] = [];
	let links = 0;
	for (const text of capabilities) {
		const capability = parseCapability(text);
		const names = capability?.kind === 'attest' ? capability.dimensions : [];
		const known = ATTESTABLE_NAMES.filter((name) => names.includes(name));
		const deed = capability?.kind === 'execute' ? DEEDS.find((name) => name === capability.path) : undefined;
		if (capability?.kind === 'all') return { ...NOTHING, everything: true };
		if (capability?.kind === 'delegate') links = Math.min(capability.links, MAX_DELEGATION_DEPTH);
		else if (names.length > 0 && known.length === names.length) for (const name of known) attest.add(name);
		else if (deed) deeds.add(deed);
		else other.push(text);
	}
	return { everything: false, attest: [...attest], deeds: [...deeds], links, other: other.join('\n') };
}
