/** Eight characters in two groups, easy to read out: ABCD-EFGH. */
export function showPairingCode(code: string): string {
	return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}

/**
 * The code that somebody typed or read out, in Crockford's base 32, where I and L are 1 and O is 0;
 * undefined when it is no pairing code.
 */
export function readPairingCode(typed: string): string | undefined {
	const plain = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0');
	return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(plain) ? plain : undefined;
}
