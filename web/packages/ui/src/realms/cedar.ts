// Cedar policies laid out for reading. What they mean is not looked at: every
// word stays as it is and where it is, only white space changes.

export type CedarPart = 'keyword' | 'text' | 'number' | 'comment' | 'name' | 'sign';

export interface CedarToken {
	part: CedarPart;
	text: string;
}

const keywords: ReadonlySet<string> = new Set([
	'permit',
	'forbid',
	'when',
	'unless',
	'principal',
	'action',
	'resource',
	'context',
	'in',
	'is',
	'has',
	'like',
	'if',
	'then',
	'else',
	'true',
	'false',
]);

const pattern =
	/(?<comment>\/\/[^\n]*)|(?<text>"(?:[^"\\\n]|\\.)*"?)|(?<number>\d+)|(?<name>[A-Za-z_]\w*)|(?<sign>&&|\|\||==|!=|<=|>=|::|[^\s])/gu;

/** The words of a policy, in order, without the white space between them. */
export function cedarTokens(source: string): CedarToken[] {
	return [...source.matchAll(pattern)].map((match) => {
		const text = match[0];
		const groups = match.groups ?? {};
		if (groups.comment !== undefined) return { part: 'comment', text: text.trimEnd() };
		if (groups.text !== undefined) return { part: 'text', text };
		if (groups.number !== undefined) return { part: 'number', text };
		if (groups.name !== undefined) return { part: keywords.has(text) ? 'keyword' : 'name', text };
		return { part: 'sign', text };
	});
}

const closers: ReadonlySet<string> = new Set([')', ']', '}', ',', ';', '.', '::']);
const openers: ReadonlySet<string> = new Set(['(', '[', '.', '::', '!', '@']);

/** Whether two words remain two when nothing stands between them. */
function canTouch(before: CedarToken, token: CedarToken): boolean {
	const [first, ...others] = cedarTokens(before.text + token.text);
	return first?.text === before.text && others.length === 1;
}

/** Whether two neighbours in a line stand apart. */
function isApart(before: CedarToken | undefined, token: CedarToken): boolean {
	if (!before) return false;
	if (!canTouch(before, token)) return true;
	if (openers.has(before.text) || closers.has(token.text)) return false;
	// What is called or indexed stands right before its bracket.
	if (token.text !== '(' && token.text !== '[') return true;
	return !(before.part === 'name' || [')', 'permit', 'forbid'].includes(before.text));
}

/** A text without its closing mark runs to the end of its line, as a remark does. */
function endsLine({ part, text }: CedarToken): boolean {
	return part === 'comment' || (part === 'text' && !/^"(?:[^"\\]|\\.)*"$/u.test(text));
}

/** A policy line by line: conditions in a block of their own, one part of an "and" or "or" a line. */
export function cedarLines(source: string): { indent: number; tokens: CedarToken[] }[] {
	const lines: { indent: number; tokens: CedarToken[] }[] = [];
	let line: CedarToken[] = [];
	let braces = 0;
	let brackets = 0;
	let indent = 0;
	const end = () => {
		if (line.length > 0) lines.push({ indent, tokens: line });
		line = [];
		indent = braces;
	};
	for (const token of cedarTokens(source)) {
		if (brackets === 0 && (token.text === 'when' || token.text === 'unless') && token.part === 'keyword')
			end();
		if (brackets === 0 && (token.text === '&&' || token.text === '||')) end();
		if (token.text === '}' && brackets === 0) {
			end();
			braces = Math.max(0, braces - 1);
			indent = braces;
		}
		line.push(token);
		if (token.text === '(' || token.text === '[') brackets += 1;
		if (token.text === ')' || token.text === ']') brackets = Math.max(0, brackets - 1);
		if (token.text === '{' && brackets === 0) {
			const at = indent;
			braces += 1;
			end();
			indent = Math.max(at, braces);
		}
		if (endsLine(token) || (token.text === ';' && brackets === 0)) end();
	}
	end();
	return lines;
}

/** A laid-out line as pieces for the screen, white space included. */
export function cedarPieces(tokens: readonly CedarToken[]): { part: CedarPart; text: string }[] {
	return tokens.map((token, index) => ({
		part: token.part,
		text: `${isApart(tokens[index - 1], token) ? ' ' : ''}${token.text}`,
	}));
}

/** A policy laid out, as text. */
export function formatCedar(source: string): string {
	return cedarLines(source)
		.map(
			({ indent, tokens }) =>
				'  '.repeat(indent) +
				cedarPieces(tokens)
					.map(({ text }) => text)
					.join(''),
		)
		.join('\n');
}
