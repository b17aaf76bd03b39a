/** Whether the weights that signed are a quorum of all: 3·Σ signed > 2·Σ all (protocol §3, Κ18). */
export function isQuorum(signed: bigint, all: bigint): boolean {
	return 3n * signed > 2n * all;
}
