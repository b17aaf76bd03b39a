/** What `<!-- figure: … -->` in a page may name. */
export const figureNames = [
	'evidence',
	'voice',
	'norm',
	'chain',
	'lending',
	'recovery',
	'crossing',
	'guard',
	'vote',
	'mana',
	'power',
] as const;
