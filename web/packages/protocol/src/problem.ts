/** Something that the protocol refuses. `code` is stable and has a page in docs/errors. */
export class ProtocolError extends Error {
	override readonly name = 'ProtocolError';

	constructor(
		readonly code: string,
		message: string,
		/** Path of the wrong field, such as `attestation.domain`; empty when there is no single one. */
		readonly field = '',
	) {
		super(message);
	}
}
