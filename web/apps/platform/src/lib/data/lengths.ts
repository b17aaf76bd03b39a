/** Most bytes of a self-chosen name and of a device's label. */
export const MAX_NAME_BYTES = 128;
export const MAX_LABEL_BYTES = 64;

/** Bytes of a text in UTF-8, which is what the protocol counts. */
export function byteLength(text: string): number {
	return new TextEncoder().encode(text).length;
}
