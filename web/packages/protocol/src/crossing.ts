// What of somebody's trust another realm sees, and what its guard asks (protocol §7).
import { norm, PPM } from './trust';

/** The way between two realms through the tree. */
export interface Way {
	/** Both are one realm, or share their trust. */
	same?: boolean;
	/** Edges that keep 0.9. Edges that are allowed keep all and do not count. */
	edges: number;
	/** An edge on it is blocked. */
	blocked?: boolean;
}

/** Least fidelity at every gate, ppm. */
export const FIDELITY_LEAST_PPM = 50_000;
/** Endorsements of a join by invitation. */
export const ENDORSEMENTS_NEEDED = 2;

/** What an edge keeps: 9 / 10. */
const GAMMA = [9n, 10n] as const;
/** What a crossing keeps of R, I, C, P in tenths, besides γ. V and Ω cross as they are. */
const VIEW_TENTHS = [8n, 9n, 4n, 3n] as const;
const FIDELITY = 5;

/** ⌊value · γ · numerator / denominator⌋, rounded once, so that no detour keeps more than the direct way. */
function keep(way: Way, valuePpm: number, numerator: bigint, denominator: bigint): number {
	if (way.blocked) return 0;
	const edges = BigInt(way.edges);
	return Number((BigInt(valuePpm) * GAMMA[0] ** edges * numerator) / (GAMMA[1] ** edges * denominator));
}

/** γ of the whole way, ppm, floored. */
export function gammaOf(way: Way): number {
	return keep(way, PPM, 1n, 1n);
}

/** R, I, C, P, V, Ω in ppm as seen from the other end: diag(.8γ, .9γ, .4γ, .3γ, 1, 1)·W. */
export function crossingView(valuesPpm: readonly number[], way: Way): number[] {
	if (way.same) return [...valuesPpm];
	return valuesPpm.map((value, i) => {
		const tenths = VIEW_TENTHS[i];
		return tenths === undefined ? value : keep(way, value, tenths, 10n);
	});
}

/** The realms from one to another through the tree, both included. `parents` names the realm above each. */
export function pathBetween(
	parents: Readonly<Record<string, string | undefined>>,
	from: string,
	to: string,
): string[] {
	const upwards = (realm: string): string[] => {
		const above = parents[realm];
		return above === undefined ? [realm] : [realm, ...upwards(above)];
	};
	const [there, back] = [upwards(from), upwards(to)];
	const meeting = there.find((realm) => back.includes(realm));
	if (meeting === undefined) throw new RangeError('the realms stand in different trees');
	return [...there.slice(0, there.indexOf(meeting) + 1), ...back.slice(0, back.indexOf(meeting)).reverse()];
}

/** What the guard looks at when somebody crosses. */
export interface CrossingFacts {
	/** R, I, C, P, V, Ω in the realm that they come from, ppm. */
	valuesPpm: readonly number[];
	way: Way;
	minTrustPpm: number;
	/** Least values of R, I, C, P, V, Ω, ppm; 0 where nothing is asked. */
	minimaPpm: readonly number[];
	excluded: boolean;
	memberOfFrom: boolean;
	/** All required credentials are there. */
	credentials: boolean;
	/** Undefined where joining needs no invitation. */
	endorsements?: number;
}

/** Codes of all that does not hold, in the guard's order. Empty: whoever it is may cross. */
export function crossingViolations(facts: CrossingFacts): string[] {
	const view = crossingView(facts.valuesPpm, facts.way);
	const checks: [boolean, string][] = [
		[!facts.excluded, 'MEMBER_BANNED'],
		[facts.memberOfFrom, 'MEMBER_REQUIRED'],
		[!facts.way.blocked, 'CROSSING_BLOCKED'],
		[norm(view) >= facts.minTrustPpm, 'TRUST_TOO_LOW'],
		[view.every((value, i) => value >= (facts.minimaPpm[i] ?? 0)), 'DIMENSION_TOO_LOW'],
		[(view[FIDELITY] ?? 0) >= FIDELITY_LEAST_PPM, 'FIDELITY_TOO_LOW'],
		[facts.credentials, 'CREDENTIAL_MISSING'],
		[(facts.endorsements ?? ENDORSEMENTS_NEEDED) >= ENDORSEMENTS_NEEDED, 'ENDORSEMENTS_MISSING'],
	];
	return checks.filter(([holds]) => !holds).map(([, code]) => code);
}
