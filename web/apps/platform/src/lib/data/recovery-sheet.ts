import { ProtocolError, parseRecoveryCode } from '@erynoa/protocol';

/** Everything that stands on the sheet. */
export interface RecoverySheet {
	/** Self-chosen name; may be empty. */
	name: string;
	did: string;
	/** As printed by `createRecoveryKey`. */
	code: string;
	createdAtUs: bigint;
}

/** The groups of a recovery code, as they stand on the sheet. */
export function codeGroups(code: string): string[] {
	return code.split('-');
}

/** What the sheet's QR code says: enough to find the identity and to type nothing. */
export function sheetPayload(sheet: Pick<RecoverySheet, 'did' | 'code'>): string {
	return `erynoa-recovery:1:${sheet.did}:${sheet.code}`;
}

/** Reads what a sheet's QR code says; undefined when it is no recovery sheet or was read wrongly. */
export function readSheetPayload(text: string): Pick<RecoverySheet, 'did' | 'code'> | undefined {
	const match = /^erynoa-recovery:1:(did:erynoa:[a-z]+:[0-9a-f]{64}):([0-9A-Z-]+)$/.exec(text);
	const [, did, code] = match ?? [];
	if (did === undefined || code === undefined) return undefined;
	try {
		parseRecoveryCode(code);
	} catch (error) {
		if (error instanceof ProtocolError) return undefined;
		throw error;
	}
	return { did, code };
}

/** Whether somebody typed the last group of the code, which shows that they have it before them. */
export function isLastGroup(code: string, typed: string): boolean {
	const plain = (text: string) =>
		text.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0');
	const last = codeGroups(code).at(-1);
	return last !== undefined && plain(typed) === plain(last);
}
