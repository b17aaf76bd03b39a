// The six dimensions in the order of the protocol: number = value of the enum
// erynoa.protocol.v1.Dimension, letter, colour, words.

import { words } from '../messages';

const keys = ['reliability', 'integrity', 'competence', 'prestige', 'vigilance', 'fidelity'] as const;
const letters = ['R', 'I', 'C', 'P', 'V', 'Ω'] as const;
const colours = ['r', 'i', 'c', 'p', 'v', 'o'] as const;

export interface DimensionInfo {
	/** 1 to 6, the value of the proto enum. */
	dimension: number;
	letter: string;
	name: string;
	/** One word, for pictures. */
	short: string;
	/** What a high value says about somebody. */
	text: string;
	/** CSS colour. */
	colour: string;
}

/** Words and colour of one dimension (1 to 6) in the present language. */
export function dimensionInfo(dimension: number): DimensionInfo {
	const index = dimension - 1;
	const key = keys[index];
	const letter = letters[index];
	if (key === undefined || letter === undefined) throw new RangeError(`no dimension ${dimension}`);
	return {
		dimension,
		letter,
		name: words()[key],
		short: key === 'fidelity' ? words().fidelityWord : words()[key],
		text: words()[`${key}Short`],
		colour: `var(--c-dim-${colours[index]})`,
	};
}

/** All six in order. */
export function dimensionInfos(): DimensionInfo[] {
	return keys.map((_, index) => dimensionInfo(index + 1));
}

/** What the pictures need of a value; `TrustValue` of the API fits. */
export interface TrustReading {
	/** 1 to 6. */
	dimension: number;
	/** 10 000 to 1 000 000. */
	trustPpm: number;
	/** 0 to 1 000 000. */
	confidencePpm: number;
}
